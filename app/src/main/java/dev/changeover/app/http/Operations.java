package dev.changeover.app.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators have started in this process and how it goes. Each kind runs once at a time; the last hundred are remembered. Safe
 * for use by several threads.
 */
public final class Operations implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Operations.class);
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int MAX_REMEMBERED = 100;

    private final Map<String, Operation> byId = new LinkedHashMap<>();
    private final ExecutorService executor;
    private final InstantSource clock;

    /** The work of an operation. */
    public interface Work {
        /**
         * @param operation to be told of progress
         * @return the result
         * @throws OperationFailedException with words for the operator
         */
        JsonNode run(Operation operation) throws OperationFailedException, InterruptedException;
    }

    /** An operation that could not be done; the message says why. */
    public static final class OperationFailedException extends Exception {
        private static final long serialVersionUID = 1L;

        public OperationFailedException(String message) {
            super(message);
        }
    }

    /** One operation. */
    public static final class Operation {
        private final String id = UUID.randomUUID().toString();
        private final String kind;
        private final String startedAt;
        private volatile String state = "running";
        private volatile JsonNode progress = MAPPER.createObjectNode();
        private volatile @Nullable JsonNode result;
        private volatile @Nullable String error;

        private Operation(String kind, String startedAt) {
            this.kind = kind;
            this.startedAt = startedAt;
        }

        public String id() {
            return id;
        }

        public void progress(JsonNode now) {
            progress = now;
        }

        public boolean running() {
            return state.equals("running");
        }

        /** As the API shows it. */
        public ObjectNode json() {
            ObjectNode json = MAPPER.createObjectNode();
            json.put("id", id);
            json.put("kind", kind);
            json.put("state", state);
            json.put("started_at", startedAt);
            json.set("progress", progress);
            @Nullable JsonNode done = result;
            if (done != null) {
                json.set("result", done);
            }
            @Nullable String failure = error;
            if (failure != null) {
                json.put("error", failure);
            }
            return json;
        }
    }

    public Operations(InstantSource clock) {
        this.clock = clock;
        this.executor = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "operation");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Starts {@code work}, or gives the one of this kind that is already running. */
    public synchronized Operation start(String kind, Work work) {
        for (Operation operation : byId.values()) {
            if (operation.kind.equals(kind) && operation.running()) {
                return operation;
            }
        }
        Operation operation = new Operation(kind, clock.instant().toString());
        byId.put(operation.id, operation);
        if (byId.size() > MAX_REMEMBERED) {
            byId.values().stream().filter(old -> !old.running()).findFirst().ifPresent(old -> byId.remove(old.id));
        }
        executor.execute(() -> run(operation, work));
        return operation;
    }

    private static void run(Operation operation, Work work) {
        try {
            operation.result = work.run(operation);
            operation.state = "succeeded";
        } catch (OperationFailedException e) {
            operation.error = e.getMessage();
            operation.state = "failed";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            operation.error = "The process was stopped; start it again, it goes on where it was";
            operation.state = "failed";
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).addKeyValue("kind", operation.kind).log("An operation failed.");
            operation.error = "Internal error: " + e;
            operation.state = "failed";
        }
    }

    public synchronized Optional<Operation> find(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    @Override
    public void close() {
        executor.shutdownNow();
        try {
            executor.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
