package dev.changeover.verifier.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PostgresAddressTest {
    @Test
    void bothFormsOfAnAddressAreRead() {
        assertThat(PostgresAddress.of("postgresql://me:p%40ss@db.local:5433/chats?sslmode=require"))
                .isEqualTo(new PostgresAddress("db.local", 5433, "chats", "me", "p@ss", "require"));
        assertThat(PostgresAddress.of("jdbc:postgresql://db.local/chats?user=me&password=a%26b"))
                .isEqualTo(new PostgresAddress("db.local", 5432, "chats", "me", "a&b", "prefer"));
    }

    @Test
    void anAddressNeverShowsItsPassword() {
        assertThat(PostgresAddress.of("postgresql://me:secret@db.local/chats").toString())
                .doesNotContain("secret");
        assertThatThrownBy(() -> PostgresAddress.of("mysql://me:secret@db.local/chats"))
                .hasMessageNotContaining("secret");
    }
}
