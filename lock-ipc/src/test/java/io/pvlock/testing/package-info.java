/** What the tests of this module share: threads that are always joined, waits that always end, small regions. */
package io.pvlock.testing;
