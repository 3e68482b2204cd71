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
    private static final Pattern TYPE = Pattern.compile("\\d+\\(.*\\)(?<results>.*)");

    private final Value exports;
    private final Value functionType;

    Exports(Context context, Value exports) {
        this.exports = exports;
        // Values do not say how wide a number is; this does.
        this.functionType = context.getPolyglotBindings().getMember("WebAssembly").getMember("func_type");
    }

    /** Runs {@code _initialize}; a reactor with nothing to set up need not export it. */
    void initialize() {
        if (exports.hasMember("_initialize")) {
            call(new Request.Call("_initialize", List.of()));
        }
    }

    /**
     * Makes the call as it is: the engine looks up the name and takes the arguments, or not.
     *
     * @throws PolyglotException what ended the guest
     * @throws RuntimeException what the polyglot library says of a call that it does not make
     */
    List<contract.Value> call(Request.Call call) {
        Value returned = exports.invokeMember(call.name(), call.args().stream().map(Exports::number).toArray());
        Matcher type = TYPE.matcher(functionType.execute(exports.getMember(call.name())).asString());
        if (!type.matches()) {
            throw new IllegalArgumentException("GraalWasm does not tell the type of \"" + call.name() + "\"");
        }
        List<String> kinds = words(type.group("results"));
        List<contract.Value> values = new ArrayList<>();
        for (int index = 0; index < kinds.size(); index++) {
            values.add(value(kinds.get(index), kinds.size() == 1 ? returned : returned.getArrayElement(index)));
        }
        return values;
    }

    private static List<String> words(String text) {
        return text.isEmpty() ? List.of() : Arrays.asList(text.split(" "));
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
