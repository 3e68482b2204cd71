package contract;

import java.util.Set;

/**
 * An engine, driven through its library.
 *
 * @param <M> a module the engine can run
 */
public interface Host<M> {
    /** The host's name: that of its folder under {@code runtimes/}. */
    String name();

    /** What {@code --mode} calls this way to run a guest; null for a host that has only one. */
    default String mode() {
        return null;
    }

    /** The optional parts of a request it honours; {@link Serve} turns the others away. */
    Set<Field> fields();

    /**
     * The version of the engine in use, in the engine's own words.
     *
     * @throws Failure the engine does not tell
     */
    String version() throws Failure;

    /**
     * A module as the engine takes it.
     *
     * @param module the module, ready to run
     * @param code where its code came from
     */
    record Taken<M>(M module, Code code) {}

    /**
     * Reads, validates and compiles a module, set up for what the request asks for.
     *
     * @throws Refused the engine does not take the module
     * @throws Failure the engine has no way to say what the request asks for, or the host itself failed
     */
    Taken<M> take(byte[] wasm, Request request) throws Refused, Failure;

    /**
     * Runs the guest on the process's own stdio and says in {@code report} how it ended. A trap is a result.
     *
     * @throws Failure the host itself failed
     */
    void run(M module, Request request, Report report) throws Failure;
}
