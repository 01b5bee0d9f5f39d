package dev.changeover.model.definition;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** SHA-256 over what a definition says, without its comments and its form. */
final class Fingerprint {
    private final MessageDigest sha256 = sha256();

    private Fingerprint() {}

    static String of(Node root) {
        Fingerprint fingerprint = new Fingerprint();
        fingerprint.add(root);
        return HexFormat.of().formatHex(fingerprint.sha256.digest());
    }

    private void add(Node node) {
        if (node instanceof MappingNode map) {
            begin('{', map.getValue().size());
            for (NodeTuple tuple : map.getValue()) {
                add(tuple.getKeyNode());
                add(tuple.getValueNode());
            }
        } else if (node instanceof SequenceNode list) {
            begin('[', list.getValue().size());
            list.getValue().forEach(this::add);
        } else if (node instanceof ScalarNode scalar) {
            byte[] text = scalar.getValue().getBytes(StandardCharsets.UTF_8);
            begin('"', text.length);
            sha256.update(text);
        }
    }

    /** Kind and size before the content, so that no two trees give the same bytes. */
    private void begin(char kind, int size) {
        sha256.update((kind + Integer.toString(size) + ":").getBytes(StandardCharsets.US_ASCII));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
