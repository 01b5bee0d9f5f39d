-- Three roles with no more than each needs. Run it once with psql as the server's administrator, in the new and still empty database; then give
-- those who log in a password (\password donna_changeover), and name donna_changeover in DATABASE_URL.
--
--   donna_changeover  Changeover: owns what it creates, may replicate (it reads the write-ahead log); no superuser
--   donna_app         the application, once it talks to the database itself: reads and writes rows, and changes no table
--   donna_reader      reports: reads rows

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'donna_changeover') THEN
        CREATE ROLE donna_changeover LOGIN REPLICATION;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'donna_app') THEN
        CREATE ROLE donna_app LOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'donna_reader') THEN
        CREATE ROLE donna_reader LOGIN;
    END IF;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO donna_changeover, donna_app, donna_reader', current_database());
    -- its own schema, the publication that the write-ahead log is read through, and temporary tables for its batches
    EXECUTE format('GRANT CREATE, TEMPORARY ON DATABASE %I TO donna_changeover', current_database());
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO donna_changeover;
GRANT USAGE ON SCHEMA public TO donna_app, donna_reader;

-- To create default privileges for another role one must be a member of it; administrators of hosted servers are not by themselves.
GRANT donna_changeover TO CURRENT_USER;
ALTER DEFAULT PRIVILEGES FOR ROLE donna_changeover IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO donna_app;
ALTER DEFAULT PRIVILEGES FOR ROLE donna_changeover IN SCHEMA public
    GRANT USAGE ON SEQUENCES TO donna_app;
ALTER DEFAULT PRIVILEGES FOR ROLE donna_changeover IN SCHEMA public
    GRANT SELECT ON TABLES TO donna_reader;
