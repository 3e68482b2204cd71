package contract;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/** The process's descriptor 0, for a guest to read. */
public final class Stdin {
    private static final Path DESCRIPTOR = Path.of("/proc/self/fd/0");

    private Stdin() {}

    /**
     * The descriptor itself: Java's own {@code System.in} reads ahead.
     *
     * <p>A process that is started without it has one all the same: the first file that the JVM opened, one of
     * its own. That is no guest's to read, so reading fails here as it does from a closed descriptor.
     */
    public static InputStream open() {
        return isOfTheJvm() ? new Closed() : new FileInputStream(FileDescriptor.in);
    }

    private static boolean isOfTheJvm() {
        try {
            return DESCRIPTOR.toRealPath().startsWith(Path.of(System.getProperty("java.home")).toRealPath());
        } catch (IOException error) {
            // A pipe, which has no path, or a system without /proc.
            return false;
        }
    }

    private static final class Closed extends InputStream {
        @Override
        public int read() throws IOException {
            throw new IOException("Bad file descriptor");
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            throw new IOException("Bad file descriptor");
        }
    }
}
