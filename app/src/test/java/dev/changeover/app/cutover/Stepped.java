package dev.changeover.app.cutover;

import dev.changeover.log.Barriers;
import dev.changeover.log.ControlLog;
import dev.changeover.log.ProgressTail;
import dev.changeover.log.Waiting;
import dev.changeover.model.topic.Barrier;
import dev.changeover.model.topic.Certificate;
import java.time.Duration;
import java.util.concurrent.Executor;

/** The real parts of switching without their threads: who has them takes their steps. */
public final class Stepped {
    private Stepped() {}

    /** A step, which may wait. */
    public interface Step {
        void run() throws InterruptedException;
    }

    /** What the desk looks with. */
    public interface Eyes {
        Barriers.Reached sendThrough(Barrier barrier, Duration limit);

        Certificate whole(Barriers.Reached at);

        Certificate since(Barriers.Reached at);

        Certificate unsure(Barriers.Reached at, String reason);
    }

    public static Serving serving(
            ControlLog control,
            Phases phases,
            String name,
            Serving.Applied applied,
            Waiting waiting,
            Executor answers) {
        return new Serving(control, phases, name, applied, waiting, answers);
    }

    public static Step of(Serving serving) {
        return serving::step;
    }

    public static Fallback fallback(
            ControlLog control, Phases phases, ProgressTail progress, int partitions, String name, Waiting waiting) {
        return new Fallback(control, phases, progress, partitions, name, waiting);
    }

    /** What it does once, when its process starts. */
    public static Step beginningOf(Fallback fallback) {
        return fallback::begin;
    }

    public static Step of(Fallback fallback) {
        return fallback::look;
    }

    public static Cutover cutover(
            ControlLog control,
            Phases phases,
            ProgressTail progress,
            Serving serving,
            int partitions,
            String who,
            Waiting waiting) {
        return new Cutover(control, phases, progress, serving, partitions, who, waiting);
    }

    public static Step desk(ControlLog control, Phases phases, Eyes eyes, String name) {
        CertificateDesk desk = new CertificateDesk(
                control,
                phases,
                eyes::sendThrough,
                new CertificateDesk.Looking() {
                    @Override
                    public Certificate whole(Barriers.Reached at) {
                        return eyes.whole(at);
                    }

                    @Override
                    public Certificate since(Barriers.Reached at) {
                        return eyes.since(at);
                    }

                    @Override
                    public Certificate unsure(Barriers.Reached at, String reason) {
                        return eyes.unsure(at, reason);
                    }

                    @Override
                    public void close() {}
                },
                name);
        return desk::step;
    }
}
