/** That the documents are true as far as a program can tell: their Java compiles, their links lead somewhere, their numbers are right. */
package io.pvlock.tests.documents;
