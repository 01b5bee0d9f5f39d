package dev.changeover.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class UnappliedTest {
    @Test
    void travelsInHeadersWithWhateverItsReasonHolds() {
        Unapplied parked = new Unapplied(-1, "{\"entity\":\"a\"}", Unapplied.Kind.PARKED, "");
        Unapplied refused = new Unapplied(7, "{}", Unapplied.Kind.REFUSED, "two\nlines, and ü\n");
        RecordHeaders headers = new RecordHeaders();

        Unapplied.add(headers, List.of(parked, refused));

        assertThat(Unapplied.of(headers)).containsExactly(parked, refused);
    }

    @Test
    void aProgressCarriesOnlySoMany() {
        RecordHeaders headers = new RecordHeaders();

        Unapplied.add(
                headers, Collections.nCopies(1_000, new Unapplied(1, "{}", Unapplied.Kind.PARKED, "x".repeat(9_999))));

        assertThat(Unapplied.of(headers))
                .hasSize(Unapplied.MAX_IN_ONE_PROGRESS)
                .allMatch(one -> one.reason().length() == 500);
    }
}
