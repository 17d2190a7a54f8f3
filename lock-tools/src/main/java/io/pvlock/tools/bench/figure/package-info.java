/**
 * Figures that are no cells: what waiting, ending, reclaiming and starting cost, and how costs grow with what there is. Each is measured
 * beside a rival in the same repetition. For the bench command and for the long form in the tests. Entry type: {@link
 * io.pvlock.tools.bench.figure.FigureBench}.
 */
package io.pvlock.tools.bench.figure;
