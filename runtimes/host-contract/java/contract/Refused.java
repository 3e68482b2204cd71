package contract;

/** What an engine said of a module it does not take. */
public final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    /** The engine's own words. */
    public Refused(Throwable cause) {
        super(cause.toString(), cause);
    }
}
