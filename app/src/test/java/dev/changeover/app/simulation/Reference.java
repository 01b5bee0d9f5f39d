package dev.changeover.app.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.log.Control;
import dev.changeover.log.HeaderText;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.Headers;
import dev.changeover.model.event.MalformedEventException;
import dev.changeover.model.event.Op;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * What both sides must hold in the end, worked out from {@code writes} alone with rules of its own: the last write of each user, chat and
 * message counts; a message goes with its chat; what was read for the backfill counts only where nothing is known. Badges, and the
 * reference of a chat to its user, depend on when one partition hears of another: there both sides must be equal, and no more is said.
 */
final class Reference {
    private static final String TITLE = "title";

    private final Map<RecordKey, String> present = new TreeMap<>();
    private final Set<RecordKey> known = new HashSet<>();
    private final Set<RecordKey> everDeleted = new HashSet<>();
    private final Set<String> requests = new HashSet<>();

    private Reference() {}

    static Map<RecordKey, String> of(SimulatedLog log) {
        Reference reference = new Reference();
        for (int partition = 0; partition < Chats.PARTITIONS; partition++) {
            log.records(Place.TOPICS.writes(), partition).stream()
                    .filter(Reference::counts)
                    .forEach(reference::next);
        }
        return reference.present;
    }

    /** The same of what a store holds. */
    static Map<RecordKey, String> of(Map<RecordKey, EntityRecord> records) {
        Map<RecordKey, String> present = new TreeMap<>();
        records.forEach((key, held) -> {
            if (judged(key)) {
                present.put(key, said(held));
            }
        });
        return present;
    }

    /** Whether it is an event, in the partition where it belongs: in another one it is sent on, and counts there. */
    static boolean counts(ConsumerRecord<byte[], byte[]> read) {
        String control = HeaderText.find(read.headers(), Headers.CONTROL);
        return (control == null || control.equals(Control.REROUTED))
                && Chats.MIGRATION.partitionOf(event(read).key()) == read.partition();
    }

    static boolean isSnapshot(ConsumerRecord<byte[], byte[]> read) {
        return isSnapshot(event(read));
    }

    /** Whatever its sender says that it is. */
    private static boolean isSnapshot(ChangeEvent event) {
        return event.op() == Op.SNAPSHOT || event.origin().equals(BackfillRole.ORIGIN);
    }

    /** Whether the processor made this change by itself; what it makes ahead of an event says the offset before that one. */
    static boolean isDerived(ConsumerRecord<byte[], byte[]> change) {
        return !Control.isBarrier(change.headers()) && event(change).origin().startsWith("cascade of");
    }

    private static ChangeEvent event(ConsumerRecord<byte[], byte[]> read) {
        try {
            return Place.CODEC.read(read.key(), read.value());
        } catch (MalformedEventException e) {
            throw new AssertionError(new String(read.value(), StandardCharsets.UTF_8), e);
        }
    }

    private static boolean judged(RecordKey key) {
        return key.entity() != Chats.BADGES;
    }

    private static String said(EntityRecord held) {
        return String.valueOf(
                held.key().entity() == Chats.CHATS
                        ? held.value(TITLE)
                        : held.key().entity() == Chats.USERS ? held.value("name") : held.value("content"));
    }

    private void next(ConsumerRecord<byte[], byte[]> read) {
        ChangeEvent event = event(read);
        RecordKey key = event.key();
        String request = HeaderText.find(read.headers(), Writes.REQUEST);
        if (!judged(key) || (request != null && !requests.add(key.text() + request))) {
            return;
        }
        if (isSnapshot(event)) {
            if (!known.contains(key) && !everDeleted.contains(chatOf(key))) {
                put(key, event.after());
            }
        } else if (event.op() == Op.DELETE) {
            delete(key);
        } else if (event.patch() != null) {
            if (present.containsKey(key)) {
                String patch = event.patch().text();
                present.put(key, patch.substring("{\"name\":\"".length(), patch.length() - 2));
            }
        } else if (!everDeleted.contains(chatOf(key)) || present.containsKey(chatOf(key))) {
            put(key, event.after());
        }
    }

    private void put(RecordKey key, @Nullable EntityRecord after) {
        assertThat(after).isNotNull();
        known.add(key);
        present.put(key, said(after));
    }

    private void delete(RecordKey key) {
        known.add(key);
        everDeleted.add(key);
        present.remove(key);
        present.keySet().removeIf(each -> key.equals(chatOf(each)));
    }

    /** The chat that a message belongs to; of anything else nothing that could be deleted. */
    private static RecordKey chatOf(RecordKey key) {
        return key.entity() == Chats.MESSAGES
                ? Chats.chatKey(String.valueOf(key.values().get(0)))
                : Chats.chatKey("none");
    }
}
