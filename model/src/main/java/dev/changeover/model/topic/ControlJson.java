package dev.changeover.model.topic;

import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.ControlRecord.AuditEntry;
import dev.changeover.model.topic.ControlRecord.BarrierReached;
import dev.changeover.model.topic.ControlRecord.BarrierRequest;
import dev.changeover.model.topic.ControlRecord.CertificateIssued;
import dev.changeover.model.topic.ControlRecord.GatewayConfirmation;
import dev.changeover.model.topic.ControlRecord.PhaseChange;
import dev.changeover.model.topic.ControlRecord.Stamp;

/** {@link ControlRecord}s as JSON objects: {@code kind}, the stamp's members, then those of the kind. */
final class ControlJson {
    private ControlJson() {}

    static ObjectWriter write(ControlRecord controlRecord) {
        return controlRecord.match(
                ControlJson::phase,
                ControlJson::barrierRequest,
                ControlJson::barrierReached,
                ControlJson::certificate,
                ControlJson::gateway,
                ControlJson::audit);
    }

    static ControlRecord read(Members members) {
        Stamp stamp = new Stamp(
                members.text("id"),
                members.number("base_epoch"),
                members.text("who"),
                members.text("why"),
                members.number("at"));
        String kind = members.text("kind");
        return switch (kind) {
            case "phase" ->
                new PhaseChange(
                        stamp,
                        Phase.of(members.text("phase")),
                        Side.of(members.text("primary")),
                        members.number("epoch"),
                        members.textOrNull("certificate"));
            case "barrier-request" -> new BarrierRequest(stamp, Wire.barrier(members.object("barrier")));
            case "barrier-reached" ->
                new BarrierReached(
                        stamp,
                        Wire.barrier(members.object("barrier")),
                        new Position(members.numbers("writes")),
                        new Position(members.numbers("changes")));
            case "certificate" -> new CertificateIssued(stamp, Wire.certificate(members.object("certificate")));
            case "gateway" ->
                new GatewayConfirmation(
                        stamp, members.text("gateway"), members.number("epoch"), members.number("lease_ms"));
            case "audit" -> new AuditEntry(stamp, members.text("action"), members.json("detail"));
            default ->
                throw new IllegalArgumentException("Invalid control record: unknown kind \"%s\"".formatted(kind));
        };
    }

    private static ObjectWriter phase(PhaseChange change) {
        return begin("phase", change)
                .text("phase", change.phase().word())
                .text("primary", change.primary().word())
                .number("epoch", change.epoch())
                .text("certificate", change.certificate());
    }

    private static ObjectWriter barrierRequest(BarrierRequest request) {
        return begin("barrier-request", request)
                .json("barrier", Wire.object(request.barrier()).end());
    }

    private static ObjectWriter barrierReached(BarrierReached reached) {
        return begin("barrier-reached", reached)
                .json("barrier", Wire.object(reached.barrier()).end())
                .numbers("writes", reached.writes().next())
                .numbers("changes", reached.changes().next());
    }

    private static ObjectWriter certificate(CertificateIssued issued) {
        return begin("certificate", issued)
                .json("certificate", Wire.object(issued.certificate()).end());
    }

    private static ObjectWriter gateway(GatewayConfirmation confirmation) {
        return begin("gateway", confirmation)
                .text("gateway", confirmation.gateway())
                .number("epoch", confirmation.epoch())
                .number("lease_ms", confirmation.leaseMillis());
    }

    private static ObjectWriter audit(AuditEntry entry) {
        return begin("audit", entry).text("action", entry.action()).json("detail", entry.detail());
    }

    private static ObjectWriter begin(String kind, ControlRecord controlRecord) {
        Stamp stamp = controlRecord.stamp();
        return new ObjectWriter()
                .text("kind", kind)
                .text("id", stamp.id())
                .number("base_epoch", stamp.baseEpoch())
                .text("who", stamp.who())
                .text("why", stamp.why())
                .number("at", stamp.atMillis());
    }
}
