package contract;

/** Why a host ends without a result, and the exit code that says so. */
public final class Failure extends Exception {
    private static final long serialVersionUID = 1;
    private final int exitCode;

    private Failure(int exitCode, String words, Throwable cause) {
        super(words, cause);
        this.exitCode = exitCode;
    }

    /** The command line or the request is wrong. */
    public static Failure usage(String words) {
        return new Failure(2, words, null);
    }

    /** The request asks for what this host does not do; the guest was not touched. */
    public static Failure unsupported(String words) {
        return new Failure(64, words, null);
    }

    /** The host itself failed. */
    public static Failure host(String words, Throwable cause) {
        return new Failure(1, cause == null ? words : words + ": " + cause, cause);
    }

    /** The process's exit code. */
    public int exitCode() {
        return exitCode;
    }
}
