package contract;

/** What an engine said of a module it does not take. */
public final class Refused extends Exception {
    private static final long serialVersionUID = 1;
    private final transient Trap trap;

    /**
     * A refusal in the engine's own words.
     *
     * @param trap the contract's name for it
     */
    public Refused(Trap trap, Throwable cause) {
        super(cause.toString(), cause);
        this.trap = trap;
    }

    /** The contract's name for it. */
    Trap trap() {
        return trap;
    }
}
