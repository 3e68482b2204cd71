package contract;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;

/**
 * Why an engine stopped a guest, or never started it.
 *
 * @param reason the contract's name for it
 * @param module for {@code missing-import} the module imported from, otherwise null
 * @param function for {@code missing-import} the function imported, otherwise null
 */
public record Trap(String reason, String module, String function) {
    /** The {@code unreachable} instruction: Go's own abort. */
    public static final Trap UNREACHABLE = new Trap("unreachable", null, null);
    /** A memory access outside linear memory. */
    public static final Trap OUT_OF_BOUNDS = new Trap("out-of-bounds", null, null);
    /** The engine's call stack ran out. */
    public static final Trap STACK_OVERFLOW = new Trap("stack-overflow", null, null);
    /** {@code limits.memory-bytes} was reached, or no memory could be had. */
    public static final Trap OUT_OF_MEMORY = new Trap("out-of-memory", null, null);
    /** {@code limits.wall-ms} passed. */
    public static final Trap TIMEOUT = new Trap("timeout", null, null);
    /** The engine refuses the module. */
    public static final Trap INVALID_MODULE = new Trap("invalid-module", null, null);
    /** Anything else; the report's message says what. */
    public static final Trap OTHER = new Trap("other", null, null);

    /** An import the runtime does not provide. */
    public static Trap missingImport(String module, String function) {
        return new Trap("missing-import", module, function);
    }

    JsonElement toJson() {
        if (module == null) {
            return new JsonPrimitive(reason);
        }
        JsonObject missing = new JsonObject();
        missing.addProperty("module", module);
        missing.addProperty("name", function);
        JsonObject object = new JsonObject();
        object.add(reason, missing);
        return object;
    }
}
