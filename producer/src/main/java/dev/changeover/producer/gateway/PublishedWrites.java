package dev.changeover.producer.gateway;

import dev.changeover.model.event.ChangeEvent;
import dev.changeover.producer.publisher.Published;
import dev.changeover.producer.publisher.Publisher;
import dev.changeover.producer.publisher.Write;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The gateway's writes through a publisher, which remains the caller's to close. */
public final class PublishedWrites implements Writes {
    private final Publisher publisher;

    public PublishedWrites(Publisher publisher) {
        this.publisher = publisher;
    }

    @Override
    public CompletableFuture<Result> write(Request request) {
        return publisher.publish(write(request, Write.of(request.event()))).thenApply(PublishedWrites::result);
    }

    @Override
    public CompletableFuture<List<Result>> writeAll(List<Request> requests) {
        List<Write> all = requests.stream()
                .map(request -> write(request, Write.of(request.event())))
                .toList();
        return publisher
                .publishAll(all)
                .thenApply(
                        results -> results.stream().map(PublishedWrites::result).toList());
    }

    @Override
    public boolean publishFirst(List<ChangeEvent> snapshots) {
        return publisher.publishFirst(snapshots);
    }

    private static Write write(Request request, Write write) {
        return (request.createOnly() ? write.onlyIfAbsent() : write)
                .withIdempotencyKey(request.idempotencyKey())
                .withTraceparent(request.traceparent())
                .until(wait(request.until()))
                .within(request.timeout());
    }

    private static dev.changeover.producer.publisher.Wait wait(Wait until) {
        return switch (until) {
            case PUBLISHED -> dev.changeover.producer.publisher.Wait.PUBLISHED;
            case PRIMARY -> dev.changeover.producer.publisher.Wait.PRIMARY;
            case BOTH -> dev.changeover.producer.publisher.Wait.BOTH;
        };
    }

    private static Result result(Published published) {
        Outcome outcome = outcome(published.outcome());
        // What is parked goes in by itself later: for now its wait was not fulfilled.
        boolean inTime = published.inTime() && published.outcome() != Published.Outcome.PARKED;
        return new Result(
                published.partition(), published.offset(), outcome, published.reason(), published.applied(), inTime);
    }

    private static Outcome outcome(Published.Outcome outcome) {
        return switch (outcome) {
            case ACCEPTED, BEATEN, PARKED -> Outcome.ACCEPTED;
            case DUPLICATE -> Outcome.DUPLICATE;
            case INVALID -> Outcome.INVALID;
            case NOT_FOUND -> Outcome.NOT_FOUND;
            case CONFLICT -> Outcome.CONFLICT;
            case KEY_REUSED -> Outcome.KEY_REUSED;
            case REFUSED -> Outcome.REFUSED;
            case UNKNOWN -> Outcome.UNKNOWN;
            case OVERLOADED -> Outcome.OVERLOADED;
            case UNAVAILABLE -> Outcome.UNAVAILABLE;
        };
    }
}
