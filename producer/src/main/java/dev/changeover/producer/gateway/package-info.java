/** The HTTP gateway: records written and read over HTTP, every write acknowledged only as far as it really got. */
@NullMarked
package dev.changeover.producer.gateway;

import org.jspecify.annotations.NullMarked;
