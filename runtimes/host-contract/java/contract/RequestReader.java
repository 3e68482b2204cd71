package contract;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;

/** Reads a request, and names what is wrong with one. */
final class RequestReader {
    private static final BigInteger UNSIGNED_MAXIMUM = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

    /** A mistake in the document, in words. */
    private static final class Mistake extends RuntimeException {
        private static final long serialVersionUID = 1;

        Mistake(String words) {
            super(words);
        }
    }

    private RequestReader() {}

    /**
     * The request in {@code text}.
     *
     * @param path where it came from, to be named in a failure
     * @throws Failure the text is no request of this contract
     */
    static Request read(String text, Path path) throws Failure {
        try {
            JsonReader reader = new JsonReader(new StringReader(text));
            reader.setStrictness(Strictness.STRICT);
            JsonObject document = object(JsonParser.parseReader(reader), "the request");
            checkContract(document, path);
            return request(document);
        } catch (JsonParseException | Mistake mistake) {
            throw Failure.usage("the request " + path + " is not usable: " + mistake.getMessage());
        }
    }

    // The number first: a later contract may have fields that this one would call mistakes.
    private static void checkContract(JsonObject document, Path path) throws Failure {
        JsonElement contract = document.get("contract");
        if (!(contract instanceof JsonPrimitive number) || !number.isNumber()) {
            throw new Mistake("`contract` is missing or not a number");
        }
        if (!contract.getAsString().equals(String.valueOf(Report.CONTRACT))) {
            throw Failure.unsupported(
                    path + " speaks contract " + contract + ", this host " + Report.CONTRACT
                            + ": use a host and a harness of one checkout");
        }
    }

    private static Request request(JsonObject document) {
        known(document, Set.of(
                "contract", "module", "argv", "env", "dirs", "limits", "clock", "random", "exports", "cache"));
        return new Request(
                Path.of(string(document, "module")),
                list(document, "argv", element -> string(element, "argv")),
                list(document, "env", RequestReader::variable),
                list(document, "dirs", RequestReader::dir),
                document.has("limits") ? limits(object(document.get("limits"), "limits")) : Request.Limits.NONE,
                document.has("clock") && fixed(document.get("clock")),
                document.has("random") ? seed(document.get("random")) : OptionalLong.empty(),
                document.has("exports") ? list(document, "exports", RequestReader::call) : List.of(),
                present(document, "cache") ? Path.of(string(document, "cache")) : null);
    }

    private static Request.Variable variable(JsonElement element) {
        if (!(element instanceof JsonArray pair) || pair.size() != 2) {
            throw new Mistake("`env` holds something that is no pair of name and value");
        }
        return new Request.Variable(string(pair.get(0), "env"), string(pair.get(1), "env"));
    }

    private static Request.Dir dir(JsonElement element) {
        JsonObject dir = object(element, "dirs");
        known(dir, Set.of("host", "guest", "read-only"));
        boolean readOnly = dir.has("read-only") && bool(dir.get("read-only"), "read-only");
        return new Request.Dir(Path.of(string(dir, "host")), string(dir, "guest"), readOnly);
    }

    private static Request.Limits limits(JsonObject limits) {
        known(limits, Set.of("fuel", "memory-bytes", "wall-ms"));
        return new Request.Limits(
                unsigned(limits, "fuel"), unsigned(limits, "memory-bytes"), unsigned(limits, "wall-ms"));
    }

    private static boolean fixed(JsonElement clock) {
        if (isWord(clock, "real")) {
            return false;
        }
        JsonObject outer = object(clock, "clock");
        known(outer, Set.of("fixed"));
        JsonObject fixed = object(outer.get("fixed"), "clock");
        known(fixed, Set.of("start-ns", "step-ns"));
        if (unsigned(fixed, "start-ns").isEmpty() || unsigned(fixed, "step-ns").isEmpty()) {
            throw new Mistake("`clock` lacks start-ns or step-ns");
        }
        return true;
    }

    private static OptionalLong seed(JsonElement random) {
        if (isWord(random, "real")) {
            return OptionalLong.empty();
        }
        JsonObject object = object(random, "random");
        known(object, Set.of("seed"));
        OptionalLong seed = unsigned(object, "seed");
        if (seed.isEmpty()) {
            throw new Mistake("`random` lacks seed");
        }
        return seed;
    }

    private static Request.Call call(JsonElement element) {
        JsonObject call = object(element, "exports");
        known(call, Set.of("name", "args"));
        List<Value> args = call.has("args") ? list(call, "args", RequestReader::value) : List.of();
        return new Request.Call(string(call, "name"), args);
    }

    private static Value value(JsonElement element) {
        JsonObject object = object(element, "args");
        if (object.size() != 1) {
            throw new Mistake("`args` holds something that is not one number");
        }
        String kind = object.keySet().iterator().next();
        try {
            String number = number(object.get(kind), kind);
            return switch (kind) {
                case "i32" -> new Value.I32(new BigDecimal(number).intValueExact());
                case "i64" -> new Value.I64(new BigDecimal(number).longValueExact());
                // Not as the others: a BigDecimal has no negative zero.
                case "f64" -> new Value.F64(Double.parseDouble(number));
                default -> throw new Mistake("`args` holds the unknown kind " + kind);
            };
        } catch (ArithmeticException error) {
            throw new Mistake("`args` holds a number that is no " + kind);
        }
    }

    private static void known(JsonObject object, Set<String> names) {
        for (String name : object.keySet()) {
            if (!names.contains(name)) {
                throw new Mistake("the unknown field `" + name + "`");
            }
        }
    }

    private static boolean present(JsonObject object, String name) {
        return object.has(name) && !object.get(name).isJsonNull();
    }

    private static boolean isWord(JsonElement element, String word) {
        return element instanceof JsonPrimitive text && text.isString() && text.getAsString().equals(word);
    }

    private static JsonObject object(JsonElement element, String name) {
        if (element instanceof JsonObject object) {
            return object;
        }
        throw new Mistake("`" + name + "` is missing or not an object");
    }

    private static String string(JsonObject object, String name) {
        return string(object.get(name), name);
    }

    private static String string(JsonElement element, String name) {
        if (element instanceof JsonPrimitive primitive && primitive.isString()) {
            return primitive.getAsString();
        }
        throw new Mistake("`" + name + "` is missing or not text");
    }

    private static boolean bool(JsonElement element, String name) {
        if (element instanceof JsonPrimitive primitive && primitive.isBoolean()) {
            return primitive.getAsBoolean();
        }
        throw new Mistake("`" + name + "` is neither true nor false");
    }

    private static String number(JsonElement element, String name) {
        if (element instanceof JsonPrimitive primitive && primitive.isNumber()) {
            return primitive.getAsString();
        }
        throw new Mistake("`" + name + "` is not a number");
    }

    /** An unsigned 64-bit number as the bits of a long; empty where there is none. */
    private static OptionalLong unsigned(JsonObject object, String name) {
        if (!present(object, name)) {
            return OptionalLong.empty();
        }
        try {
            BigInteger number = new BigDecimal(number(object.get(name), name)).toBigIntegerExact();
            if (number.signum() >= 0 && number.compareTo(UNSIGNED_MAXIMUM) <= 0) {
                return OptionalLong.of(number.longValue());
            }
        } catch (ArithmeticException error) {
            // A fraction: told below together with what is out of range.
        }
        throw new Mistake("`" + name + "` is not a number from 0 to " + UNSIGNED_MAXIMUM);
    }

    private static <T> List<T> list(JsonObject object, String name, Function<JsonElement, T> read) {
        if (!(object.get(name) instanceof JsonArray array)) {
            throw new Mistake("`" + name + "` is missing or not a list");
        }
        List<T> items = new ArrayList<>();
        array.forEach(element -> items.add(read.apply(element)));
        return List.copyOf(items);
    }
}
