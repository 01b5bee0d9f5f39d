package dev.changeover.embedded;

import java.nio.file.Path;

/** The main class of a child process: starts both, writes a record and a row, says {@code ready} and waits to be killed. */
final class HoldsBoth {

    private HoldsBoth() {}

    public static void main(String[] arguments) throws Exception {
        EmbeddedKafka kafka = EmbeddedKafka.start(Path.of(arguments[0])).closeAtExit();
        EmbeddedPostgres postgres =
                EmbeddedPostgres.start(Path.of(arguments[1])).closeAtExit();
        KafkaRecords records = new KafkaRecords(kafka.bootstrapServers(), "kept");
        records.createTopic();
        records.write("written before the end");
        EmbeddedPostgresIT.execute(postgres, "create table kept (id int primary key)");
        EmbeddedPostgresIT.execute(postgres, "insert into kept values (7)");
        System.out.println("ready " + postgres.pid());
        while (System.in.read() != -1) {
            // The parent closes our input when we shall end normally.
        }
        System.exit(0);
    }
}
