/** What may know what. */
package io.pvlock.structure;
