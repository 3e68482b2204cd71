package contract;

/** Where the compiled code of a run came from. */
public enum Code {
    /** Compiled in this run. */
    COMPILED,
    /** Taken from the cache. */
    CACHED,
    /** The engine keeps no compiled code. */
    NOT_KEPT;

    /** The name the contract gives it. */
    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
