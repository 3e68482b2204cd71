import com.dylibso.chicory.compiler.Cache;
import contract.Failure;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The byte code of one module, kept as Chicory's compiler hands it over, then its SHA-256: the classes in it
 * are run without a second look, so nothing is loaded that was not written whole.
 *
 * <p>As long as it is open, no other process compiles the same module.
 */
final class KeptCode implements Cache, AutoCloseable {
    private static final int DIGEST = 32;

    private final Path entry;
    private final FileChannel lock;
    private byte[] code;

    private KeptCode(Path entry, FileChannel lock, byte[] code) {
        this.entry = entry;
        this.lock = lock;
        this.code = code;
    }

    /**
     * What is kept of a module.
     *
     * @param folder the cache's folder; null: nothing is kept, nor will be
     * @param version Chicory's version
     * @throws Failure the folder cannot be used
     */
    static KeptCode open(Path folder, String version, byte[] wasm) throws Failure {
        if (folder == null) {
            return new KeptCode(null, null, null);
        }
        Path entry = folder.resolve("chicory-" + version + "-" + HexFormat.of().formatHex(key(version, wasm)));
        try {
            byte[] code = intact(entry);
            if (code != null) {
                return new KeptCode(entry, null, code);
            }
            Files.createDirectories(folder);
            FileChannel lock = FileChannel.open(
                    entry.resolveSibling(entry.getFileName() + ".lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE);
            lock.lock();
            // Whoever held the lock until now may have compiled it.
            return new KeptCode(entry, lock, intact(entry));
        } catch (IOException error) {
            throw Failure.host("cannot keep compiled code in " + folder, error);
        }
    }

    /** Whether the module's code is there. */
    boolean found() {
        return code != null;
    }

    @Override
    public byte[] get(String module) {
        return code;
    }

    @Override
    public void putIfAbsent(String module, byte[] data) throws IOException {
        if (entry == null) {
            return;
        }
        Path unfinished = Files.createTempFile(entry.getParent(), "chicory", null);
        byte[] whole = Arrays.copyOf(data, data.length + DIGEST);
        System.arraycopy(digest().digest(data), 0, whole, data.length, DIGEST);
        Files.write(unfinished, whole);
        Files.move(unfinished, entry, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Lets others compile the module. */
    @Override
    public void close() throws Failure {
        try {
            if (lock != null) {
                lock.close();
            }
        } catch (IOException error) {
            throw Failure.host("cannot unlock " + entry, error);
        }
    }

    private static byte[] intact(Path entry) throws IOException {
        byte[] whole;
        try {
            whole = Files.readAllBytes(entry);
        } catch (NoSuchFileException error) {
            return null;
        }
        int length = Math.max(whole.length - DIGEST, 0);
        byte[] code = Arrays.copyOf(whole, length);
        byte[] written = Arrays.copyOfRange(whole, length, whole.length);
        return Arrays.equals(digest().digest(code), written) ? code : null;
    }

    private static byte[] key(String version, byte[] wasm) {
        MessageDigest digest = digest();
        digest.update(version.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        return digest.digest(wasm);
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException error) {
            throw new IllegalStateException("every Java has SHA-256", error);
        }
    }
}
