/** One change of one record in the Debezium envelope, as it travels on the log, with its reader and writer. */
@NullMarked
package dev.changeover.model.event;

import org.jspecify.annotations.NullMarked;
