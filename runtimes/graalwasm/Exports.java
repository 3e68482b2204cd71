import contract.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;

/** What an instance exports, called as the host contract says. */
final class Exports {
    /** GraalWasm's text for a function's type: its index, the parameters, the results. */
    private static final Pattern TYPE = Pattern.compile("\\d+\\((?<parameters>.*)\\)(?<results>.*)");

    private final Value exports;
    private final Value functionType;

    Exports(Context context, Value exports) {
        this.exports = exports;
        // Values say neither how many parameters a function has nor how wide a number is; this does.
        this.functionType = context.getPolyglotBindings().getMember("WebAssembly").getMember("func_type");
    }

    /** Runs {@code _initialize}; a reactor with nothing to set up need not export it. */
    void initialize() {
        if (isFunction("_initialize")) {
            call(new Request.Call("_initialize", List.of()));
        }
    }

    /**
     * Calls a function.
     *
     * @throws IllegalArgumentException there is none that fits the call
     * @throws PolyglotException what ended the guest
     */
    List<contract.Value> call(Request.Call call) {
        if (!isFunction(call.name())) {
            throw new IllegalArgumentException("the module exports no function \"" + call.name() + "\"");
        }
        Value function = exports.getMember(call.name());
        Matcher type = TYPE.matcher(functionType.execute(function).asString());
        if (!type.matches()) {
            throw new IllegalArgumentException("GraalWasm does not tell the type of \"" + call.name() + "\"");
        }
        List<String> given = call.args().stream().map(Exports::kind).toList();
        if (!given.equals(words(type.group("parameters")))) {
            throw new IllegalArgumentException("\"" + call.name() + "\" takes (" + type.group("parameters")
                    + "), the request gives (" + String.join(" ", given) + ")");
        }
        Value returned = function.execute(call.args().stream().map(Exports::number).toArray());
        List<String> kinds = words(type.group("results"));
        List<contract.Value> values = new ArrayList<>();
        for (int index = 0; index < kinds.size(); index++) {
            values.add(value(kinds.get(index), kinds.size() == 1 ? returned : returned.getArrayElement(index)));
        }
        return values;
    }

    private boolean isFunction(String name) {
        return exports.hasMember(name) && exports.getMember(name).canExecute();
    }

    private static List<String> words(String text) {
        return text.isEmpty() ? List.of() : Arrays.asList(text.split(" "));
    }

    private static String kind(contract.Value value) {
        return value instanceof contract.Value.I32 ? "i32" : value instanceof contract.Value.I64 ? "i64" : "f64";
    }

    private static Object number(contract.Value value) {
        if (value instanceof contract.Value.I32 i32) {
            return i32.number();
        }
        return value instanceof contract.Value.I64 i64 ? (Object) i64.number() : ((contract.Value.F64) value).number();
    }

    private static contract.Value value(String kind, Value number) {
        return switch (kind) {
            case "i32" -> new contract.Value.I32(number.asInt());
            case "i64" -> new contract.Value.I64(number.asLong());
            case "f64" -> {
                if (!Double.isFinite(number.asDouble())) {
                    throw new IllegalArgumentException("an export returns a number that has no form in JSON");
                }
                yield new contract.Value.F64(number.asDouble());
            }
            default -> throw new IllegalArgumentException("an export returns " + kind + ", which has no form in JSON");
        };
    }
}
