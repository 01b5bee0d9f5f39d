package dev.changeover.app.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/**
 * A program of somebody else's, run to its end in the project's folder.
 *
 * @param output what it wrote, errors too
 */
public record Script(int exitCode, String output) {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int LIMIT_SECONDS = 60;

    /** The three languages that clients are written in. */
    public enum Language {
        PYTHON("python3", "clients/python/%s.py", "-c"),
        JAVASCRIPT("node", "clients/javascript/%s.mjs", "--input-type=module", "-e"),
        PHP("php", "clients/php/%s.php", "-r");

        private final String interpreter;
        private final String path;
        private final List<String> inline;

        Language(String interpreter, String path, String... inline) {
            this.interpreter = interpreter;
            this.path = path;
            this.inline = List.of(inline);
        }

        /** Runs one of our examples; the test is skipped where its interpreter is not installed. */
        public Script run(String example, Map<String, String> variables, String... arguments) throws Exception {
            return Script.run(interpreter, List.of(path.formatted(example)), variables, arguments);
        }

        /** Runs a program that stands in the test. */
        public Script inline(String program, Map<String, String> variables) throws Exception {
            java.util.ArrayList<String> words = new java.util.ArrayList<>(inline);
            words.add(program);
            return Script.run(interpreter, words, variables);
        }
    }

    /** Runs the blocks of a page that are marked {@code sh}, one behind the other as one script; a call that fails ends it. */
    public static Script page(String page, Map<String, String> variables) throws Exception {
        String text = Files.readString(Path.of("..").resolve(page));
        StringBuilder script =
                new StringBuilder("set -eu\ncurl() { command curl --fail-with-body -sS \"$@\"; echo; }\n");
        java.util.regex.Matcher block =
                Pattern.compile("```sh\\n(.*?)```", Pattern.DOTALL).matcher(text);
        while (block.find()) {
            script.append(block.group(1));
        }
        Assumptions.assumeTrue(isInstalled("curl"), "curl is not installed: nobody has run " + page);
        return run("bash", List.of("-c", script.toString()), variables);
    }

    private static Script run(
            String interpreter, List<String> program, Map<String, String> variables, String... arguments)
            throws IOException, InterruptedException {
        Assumptions.assumeTrue(
                isInstalled(interpreter), interpreter + " is not installed: nobody has run " + program.get(0));
        java.util.ArrayList<String> command = new java.util.ArrayList<>();
        command.add(interpreter);
        command.addAll(program);
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(Path.of("..").toFile()).redirectErrorStream(true);
        Map<String, String> environment = new HashMap<>(variables);
        environment.put("PYTHONDONTWRITEBYTECODE", "1");
        builder.environment().putAll(environment);
        Path output = Files.createTempFile("changeover-client-", ".out");
        try {
            Process process = builder.redirectOutput(output.toFile()).start();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("%s has not ended: %s".formatted(command, Files.readString(output)));
            }
            return new Script(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.deleteIfExists(output);
        }
    }

    private static boolean isInstalled(String program) {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator)) {
            if (Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }

    /** The document that it printed, after it has succeeded. */
    public JsonNode json() throws IOException {
        assertThat(exitCode).as(output).isZero();
        return MAPPER.readTree(output);
    }
}
