package dev.changeover.store.table;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An IPv4 or IPv6 address in its text forms (RFC 4291, section 2.2), without a netmask. Names are not looked up, and
 * {@code ::ffff:1.2.3.4} stays an IPv6 address, as in PostgreSQL and unlike in {@link java.net.InetAddress}.
 */
public final class IpAddress {
    private IpAddress() {}

    /** Its 4 or 16 bytes; null if it is none. A mask of a single host ({@code /32}, {@code /128}) is allowed. */
    public static byte @Nullable [] bytes(String text) {
        if (text.indexOf(':') < 0) {
            return v4(text.endsWith("/32") ? text.substring(0, text.length() - 3) : text);
        }
        return v6(text.endsWith("/128") ? text.substring(0, text.length() - 4) : text);
    }

    /** Whether both are the same address, however written; other texts are the same when they are equal. */
    static boolean same(String a, String b) {
        byte[] left = bytes(a);
        return left == null ? a.equals(b) : Arrays.equals(left, bytes(b));
    }

    private static byte @Nullable [] v4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return null;
        }
        byte[] address = new byte[4];
        for (int i = 0; i < 4; i++) {
            int part = number(parts[i], 10, 3);
            // Some read 010 as eight, some as ten.
            if (part < 0 || part > 255 || (parts[i].length() > 1 && parts[i].charAt(0) == '0')) {
                return null;
            }
            address[i] = (byte) part;
        }
        return address;
    }

    private static byte @Nullable [] v6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            byte[] address = groups(text);
            return address != null && address.length == 16 ? address : null;
        }
        byte[] head = groups(text.substring(0, gap));
        byte[] tail = groups(text.substring(gap + 2));
        if (head == null
                || tail == null
                || head.length + tail.length > 14
                || (text.indexOf('.') >= 0 && text.indexOf('.') < gap)) {
            return null;
        }
        byte[] address = new byte[16];
        System.arraycopy(head, 0, address, 0, head.length);
        System.arraycopy(tail, 0, address, 16 - tail.length, tail.length);
        return address;
    }

    /** Groups of hexadecimal digits, the last of them perhaps an IPv4 address; null if something else is among them. */
    private static byte @Nullable [] groups(String text) {
        if (text.isEmpty()) {
            return new byte[0];
        }
        String[] groups = text.split(":", -1);
        byte[] v4 = groups[groups.length - 1].indexOf('.') >= 0 ? v4(groups[groups.length - 1]) : null;
        int plain = v4 == null ? groups.length : groups.length - 1;
        if (groups.length > 8) {
            return null;
        }
        byte[] bytes = new byte[plain * 2 + (v4 == null ? 0 : 4)];
        for (int i = 0; i < plain; i++) {
            int group = number(groups[i], 16, 4);
            if (group < 0) {
                return null;
            }
            bytes[2 * i] = (byte) (group >> 8);
            bytes[2 * i + 1] = (byte) group;
        }
        if (v4 != null) {
            System.arraycopy(v4, 0, bytes, plain * 2, 4);
        }
        return bytes;
    }

    private static int number(String digits, int radix, int maxDigits) {
        if (digits.isEmpty() || digits.length() > maxDigits) {
            return -1;
        }
        int number = 0;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            int digit = c < 128 ? Character.digit(c, radix) : -1;
            if (digit < 0) {
                return -1;
            }
            number = number * radix + digit;
        }
        return number;
    }
}
