package dev.changeover.verifier.explain;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.Side;
import dev.changeover.model.json.StrictJson;
import dev.changeover.model.json.ValueJson;
import dev.changeover.model.topic.Verdict;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The fields in which a side differs from what it should hold, each with its cause. */
public final class Differences {
    /** Stands for any unnamed member. */
    private static final Field MEMBER = Field.required(0, "member", FieldType.JSON);

    private Differences() {}

    /**
     * The differing fields in declared order, then unnamed members by name. The side's fault alone if it cannot be read.
     *
     * @param wrong the side that is wrong
     * @param logged whether the log has ever had an event of this key: if not, the other side says what should be there
     */
    public static List<Verdict.Difference> of(
            Entity entity, Three three, Side wrong, Verdict.Kind kind, Logged logged) {
        if (!three.fault(wrong).isEmpty()) {
            return List.of(new Verdict.Difference("", null, null, null, Cause.UNREADABLE + ": " + three.fault(wrong)));
        }
        EntityRecord is = three.on(wrong);
        EntityRecord should = logged == Logged.YES ? three.log() : three.on(wrong.other());
        boolean stale = is != null && three.before() != null && same(is, three.before());
        List<Verdict.Difference> differences = new ArrayList<>();
        for (Field field : entity.fields()) {
            Object isValue = value(is, field);
            Object shouldValue = value(should, field);
            if (isValue != shouldValue
                    && (is == null || should == null || !Canonical.same(field, isValue, shouldValue))) {
                String cause = cause(kind, is, should, stale, () -> Cause.of(field, isValue, shouldValue));
                differences.add(difference(field.name(), three, each -> json(value(each, field)), cause));
            }
        }
        for (String member : unnamed(is, should)) {
            if (is == null || should == null || !sameMember(is, should, member)) {
                String cause = cause(kind, is, should, stale, () -> Cause.OTHER_VALUE);
                differences.add(difference(member, three, each -> each.unnamed().get(member), cause));
            }
        }
        return List.copyOf(differences);
    }

    /** Whether the log has ever had an event of a key. */
    public enum Logged {
        YES,
        NEVER
    }

    private static String cause(
            Verdict.Kind kind,
            @Nullable EntityRecord is,
            @Nullable EntityRecord should,
            boolean stale,
            Supplier<String> byValue) {
        if (kind == Verdict.Kind.UNEXPECTED) {
            return Cause.FOREIGN_WRITE;
        }
        if (kind == Verdict.Kind.PARKED) {
            return Cause.ORPHAN;
        }
        if (is == null) {
            return Cause.MISSING_RECORD;
        }
        if (should == null) {
            return Cause.EXTRA_RECORD;
        }
        return stale ? Cause.STALE : byValue.get();
    }

    private static boolean same(EntityRecord a, EntityRecord b) {
        return Canonical.digest(a).equals(Canonical.digest(b));
    }

    private static boolean sameMember(EntityRecord a, EntityRecord b, String member) {
        JsonText left = a.unnamed().get(member);
        JsonText right = b.unnamed().get(member);
        return left != null && right != null && Canonical.same(MEMBER, left, right);
    }

    private static SortedSet<String> unnamed(@Nullable EntityRecord a, @Nullable EntityRecord b) {
        SortedSet<String> names = new TreeSet<>();
        names.addAll(
                a == null ? Map.<String, JsonText>of().keySet() : a.unnamed().keySet());
        names.addAll(
                b == null ? Map.<String, JsonText>of().keySet() : b.unnamed().keySet());
        return names;
    }

    private static Verdict.Difference difference(
            String field, Three three, Function<EntityRecord, @Nullable JsonText> value, String cause) {
        return new Verdict.Difference(
                field,
                three.legacy() == null ? null : value.apply(three.legacy()),
                three.log() == null ? null : value.apply(three.log()),
                three.target() == null ? null : value.apply(three.target()),
                cause);
    }

    private static Object value(@Nullable EntityRecord entityRecord, Field field) {
        return entityRecord == null ? Missing.ABSENT : entityRecord.value(field);
    }

    private static @Nullable JsonText json(Object value) {
        if (value == Missing.ABSENT) {
            return null;
        }
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = StrictJson.factory().createGenerator(text)) {
            ValueJson.write(generator, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a StringWriter does not fail
        }
        return new JsonText(text.toString());
    }
}
