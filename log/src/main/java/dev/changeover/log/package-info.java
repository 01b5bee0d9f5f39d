/** The only place that wires Kafka clients: topics, producers and consumers, and readers of the topics that everybody follows. */
@NullMarked
package dev.changeover.log;

import org.jspecify.annotations.NullMarked;
