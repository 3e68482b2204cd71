package contract;

import java.util.OptionalLong;

/** A clock that has an engine stop a guest once {@code limits.wall-ms} have passed. */
public final class WallLimit implements AutoCloseable {
    private final Thread thread;
    private volatile boolean passed;

    /**
     * Starts to count.
     *
     * @param millis milliseconds from now; empty: no limit
     * @param stop the engine's own way to be stopped from another thread
     */
    public WallLimit(OptionalLong millis, Runnable stop) {
        thread = new Thread(() -> count(millis.orElse(0), stop), "wall limit");
        thread.setDaemon(true);
        if (millis.isPresent()) {
            thread.start();
        }
    }

    private void count(long millis, Runnable stop) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException error) {
            return;
        }
        passed = true;
        stop.run();
    }

    /** Whether the limit has passed. */
    public boolean passed() {
        return passed;
    }

    /** Stops counting. */
    @Override
    public void close() {
        thread.interrupt();
    }
}
