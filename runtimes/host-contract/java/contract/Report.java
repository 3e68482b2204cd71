package contract;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** How a run went, to be filled in while it goes. */
public final class Report {
    /** The contract's version. A host refuses a request that names another. */
    public static final int CONTRACT = 1;

    /** Bytes of an engine's words that a report keeps. */
    private static final int MESSAGE_LIMIT = 4096;

    private final String engine;
    private final List<List<Value>> returns = new ArrayList<>();
    private JsonObject exit;
    private Code code = Code.NOT_KEPT;
    private long compileNanos;
    private long instantiateNanos;
    private long runNanos;
    private OptionalLong peakMemoryBytes = OptionalLong.empty();
    private String message = "the host did not say how the guest ended";

    Report(String engine) {
        this.engine = engine;
        setExit("trap", Trap.OTHER.toJson());
    }

    /** The guest ended by itself. */
    public void exited(int exitCode) {
        setExit("code", new JsonPrimitive(exitCode));
        message = "";
    }

    /** The engine stopped the guest, or never started it, and said this. */
    public void stopped(Trap trap, String words) {
        setExit("trap", trap.toJson());
        message = cut(words);
    }

    /** What one export called gave back. */
    public void returned(List<Value> values) {
        returns.add(values);
    }

    /** Nanoseconds to link and instantiate. */
    public void instantiateNanos(long nanos) {
        instantiateNanos = nanos;
    }

    /** Nanoseconds in the guest. */
    public void runNanos(long nanos) {
        runNanos = nanos;
    }

    /** The most bytes of linear memory there were. */
    public void peakMemoryBytes(long bytes) {
        peakMemoryBytes = OptionalLong.of(bytes);
    }

    void code(Code code) {
        this.code = code;
    }

    void compileNanos(long nanos) {
        compileNanos = nanos;
    }

    private void setExit(String kind, JsonElement value) {
        exit = new JsonObject();
        exit.add(kind, value);
    }

    private JsonObject toJson() {
        JsonArray calls = new JsonArray();
        for (List<Value> values : returns) {
            JsonArray call = new JsonArray();
            values.forEach(value -> call.add(value.toJson()));
            calls.add(call);
        }
        JsonObject document = new JsonObject();
        document.addProperty("contract", CONTRACT);
        document.addProperty("engine", engine);
        document.add("exit", exit);
        document.add("returns", calls);
        document.addProperty("code", code.toString());
        document.addProperty("compile-ns", compileNanos);
        document.addProperty("instantiate-ns", instantiateNanos);
        document.addProperty("run-ns", runNanos);
        document.add("fuel-used", JsonNull.INSTANCE);
        document.add(
                "peak-memory-bytes",
                peakMemoryBytes.isPresent() ? new JsonPrimitive(peakMemoryBytes.getAsLong()) : JsonNull.INSTANCE);
        document.addProperty("message", message);
        return document;
    }

    /** Writes the report beside {@code path} and moves it there, so it is whole if it is there. */
    void write(Path path) throws IOException {
        String text = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().serializeNulls().create()
                .toJson(toJson());
        Path unfinished = Files.createTempFile(path.toAbsolutePath().getParent(), "result", null);
        Files.writeString(unfinished, text + "\n");
        Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
    }

    /** The start of the words: a backtrace of an endless recursion can take megabytes. */
    private static String cut(String words) {
        byte[] bytes = words.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= MESSAGE_LIMIT) {
            return words;
        }
        int end = MESSAGE_LIMIT;
        while ((bytes[end] & 0xc0) == 0x80) {
            end--;
        }
        String start = new String(bytes, 0, end, StandardCharsets.UTF_8);
        return start + " … and " + (bytes.length - end) + " bytes more";
    }
}
