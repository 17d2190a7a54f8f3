/** The named objects across processes, some of which are killed. */
package io.pvlock.tests.objects;
