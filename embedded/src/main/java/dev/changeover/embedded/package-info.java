/**
 * A real Kafka broker and a real PostgreSQL on this machine, without an installation or a container: for the demo, for
 * small installations, and for every module's tests. Both keep their data over restarts, listen on the loopback
 * interface only, and can be killed at any time and started again on the same directory.
 */
@NullMarked
package dev.changeover.embedded;

import org.jspecify.annotations.NullMarked;
