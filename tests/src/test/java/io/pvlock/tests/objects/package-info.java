/** Named objects other than locks with real processes, some of which are killed. */
package io.pvlock.tests.objects;
