/** The operations side of the HTTP API: status, findings, dead letters, operations, the dashboard. */
@NullMarked
package dev.changeover.app.http;

import org.jspecify.annotations.NullMarked;
