package dev.changeover.store.table;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.Op;
import dev.changeover.store.Batch;
import dev.changeover.store.Donna;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BatchPlanTest {
    private static final EntityRecord USER = Donna.user("7", "");
    private static final ChangeEvent CREATE = ChangeEvent.put(USER, "test", 0);
    private static final ChangeEvent SNAPSHOT = ChangeEvent.snapshot(USER, "data/users", 0);
    private static final ChangeEvent UPDATE = new ChangeEvent(Op.UPDATE, USER.key(), null, USER, null, "test", 0);
    private static final ChangeEvent DELETE = ChangeEvent.delete(USER.key(), "test", 0);

    @Test
    void whatIsCreatedOrReadIsNew() {
        assertThat(isNew(CREATE)).isTrue();
        assertThat(isNew(SNAPSHOT)).isTrue();
    }

    @Test
    void whatIsUpdatedIsThere() {
        assertThat(isNew(UPDATE)).isFalse();
        assertThat(isNew(UPDATE, UPDATE)).isFalse();
    }

    @Test
    void whatIsCreatedAndUpdatedInOneBatchIsNew() {
        assertThat(isNew(CREATE, UPDATE)).isTrue();
        assertThat(isNew(SNAPSHOT, UPDATE, UPDATE)).isTrue();
    }

    @Test
    void whatIsDeletedAndMadeAnewIsNewOnceItIsDeleted() {
        assertThat(isNew(DELETE, CREATE)).isTrue();
        assertThat(isNew(CREATE, DELETE, CREATE, UPDATE)).isTrue();
    }

    @Test
    void nothingThatIsDeletedMakesWhatFollowsNew() {
        assertThat(isNew(CREATE, DELETE, UPDATE)).isFalse();
        assertThat(isNew(DELETE, UPDATE)).isFalse();
    }

    private static boolean isNew(ChangeEvent... events) {
        List<Batch.LoggedChange> changes = new ArrayList<>();
        for (ChangeEvent event : events) {
            changes.add(new Batch.LoggedChange(0, changes.size(), event));
        }
        Batch batch = new Batch(List.of(new Batch.Advance(0, 0, events.length, events.length)), changes);
        return BatchPlan.of(batch, Side.TARGET, Set.of("users"))
                .items()
                .iterator()
                .next()
                .isNew();
    }
}
