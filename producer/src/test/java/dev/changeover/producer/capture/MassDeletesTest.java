package dev.changeover.producer.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.RecordKey;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MassDeletesTest {
    private static final Field ID = Field.required(0, "id", FieldType.TEXT);
    private static final Entity ORDERS =
            new Entity("orders", List.of(ID), List.of(ID), List.of(), Entity.Unnamed.KEEP, null, null);

    @ParameterizedTest
    @CsvSource({
        "50, 0, false", // few may always go
        "51, 0, true",
        "51, 203, true", // 51 of 254 are more than a fifth
        "51, 204, false",
        "10001, 10000000, true"
    })
    void moreThanAFifthAndMoreThanFiftyAreTooMany(int gone, long left, boolean tooMany) {
        MassDeletes brake = new MassDeletes(entity -> left);

        assertThat(brake.tooMany(ORDERS, keys(0, gone))).isEqualTo(tooMany);
    }

    @Test
    void whatGoesBitByBitWithinAMinuteCountsTogether() {
        MassDeletes brake = new MassDeletes(entity -> 100);
        keys(0, 40).forEach(brake::published);

        assertThat(brake.tooMany(ORDERS, keys(40, 50))).isFalse();
        assertThat(brake.tooMany(ORDERS, keys(40, 80))).isTrue();
    }

    @Test
    void whatTheOperatorAcceptedDoesNotCount() {
        MassDeletes brake = new MassDeletes(entity -> 0);
        List<RecordKey> gone = keys(0, 60);
        gone.forEach(brake::accept);

        assertThat(brake.tooMany(ORDERS, gone)).isFalse();
        assertThat(brake.isAccepted(gone.get(0))).isTrue();
        gone.forEach(brake::published);
        assertThat(brake.tooMany(ORDERS, keys(60, 90))).isFalse();
        assertThat(brake.isAccepted(gone.get(0))).isFalse();
    }

    private static List<RecordKey> keys(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> RecordKey.of(ORDERS, List.of("order-" + i)))
                .toList();
    }
}
