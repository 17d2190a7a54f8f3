/** Tables, files and places that are used up: who comes then is told, and what is given back is used again. */
package io.pvlock.capacity;
