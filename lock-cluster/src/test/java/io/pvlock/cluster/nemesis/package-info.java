/** Real servers and processes of several hosts, whatever fails of them. Entry type: {@code NemesisIT}. */
package io.pvlock.cluster.nemesis;
