package dev.changeover.store.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresSettingsTest {
    @Test
    void aUrlIsTakenApart() {
        PostgresSettings settings = PostgresSettings.ofUrl(
                "postgresql://me:p%40ss+w@db.example:5433/donna?sslmode=verify-full&application_name=x%20y");

        assertThat(settings.jdbcUrl())
                .isEqualTo("jdbc:postgresql://db.example:5433/donna?ApplicationName=x+y&sslmode=verify-full");
        assertThat(settings.user()).isEqualTo("me");
        assertThat(settings.password()).isEqualTo("p@ss+w");
        assertThat(settings.toString()).doesNotContain("p@ss", "me:");
    }

    @Test
    void theDriversOwnFormIsUnderstoodToo() {
        PostgresSettings settings = PostgresSettings.ofUrl("jdbc:postgresql://localhost/donna?user=me&password=secret");

        assertThat(settings.jdbcUrl()).isEqualTo("jdbc:postgresql://localhost/donna");
        assertThat(settings.user()).isEqualTo("me");
        assertThat(settings.password()).isEqualTo("secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://localhost/donna?socketFactory=secret",
                "jdbc:postgresql://localhost/donna?loggerFile=secret",
                "jdbc:sqlite:secret",
                "postgresql://me:secret@localhost",
                "secret"
            })
    void anythingElseIsRefusedWithoutShowingIt(String url) {
        assertThatThrownBy(() -> PostgresSettings.ofUrl(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("Invalid")
                .hasMessageNotContaining("secret");
    }
}
