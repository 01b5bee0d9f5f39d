/**
 * The core on one thread, in virtual time, over a log and stores in memory, under faults that a seed chooses. {@link
 * dev.changeover.app.simulation.SimulationTest} plays schedules by the thousand.
 */
package dev.changeover.app.simulation;
