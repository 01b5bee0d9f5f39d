/** The gateway on its real server over loopback, with writes and stores made of memory. */
@NullMarked
package dev.changeover.producer.gateway;

import org.jspecify.annotations.NullMarked;
