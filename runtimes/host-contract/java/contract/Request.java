package contract;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * One guest to run, with everything it may see.
 *
 * @param module the {@code .wasm} file on the host
 * @param argv the guest's arguments, its own name first
 * @param env the guest's environment in order, duplicates kept
 * @param dirs the guest's preopens in order
 * @param limits what the engine must stop the guest at
 * @param fixedClock whether the guest's clocks are not the host's own
 * @param seed what the guest's random bytes are made from; empty: the host's own source
 * @param exports functions to call after {@code _initialize}; none: the guest is a command
 * @param cache a folder for compiled code, or null
 */
public record Request(
        Path module,
        List<String> argv,
        List<Variable> env,
        List<Dir> dirs,
        Limits limits,
        boolean fixedClock,
        OptionalLong seed,
        List<Call> exports,
        Path cache) {

    /** One environment variable. */
    public record Variable(String name, String value) {}

    /** One preopen: a folder on the host, the name the guest sees, and whether it may change nothing below it. */
    public record Dir(Path host, String guest, boolean readOnly) {}

    /** Units of the engine's fuel, bytes of linear memory, milliseconds from the guest's first instruction. */
    public record Limits(OptionalLong fuel, OptionalLong memoryBytes, OptionalLong wallMillis) {
        static final Limits NONE = new Limits(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
    }

    /** One exported function to call, and its arguments in order. */
    public record Call(String name, List<Value> args) {}

    /** A request for nothing but the module, as {@code --prepare} makes it. */
    static Request bare(Path module, Path cache) {
        return new Request(
                module, List.of(), List.of(), List.of(), Limits.NONE, false, OptionalLong.empty(), List.of(), cache);
    }

    /** The optional fields this request makes use of. */
    Set<Field> fields() {
        Set<Field> used = EnumSet.noneOf(Field.class);
        addIf(used, Field.DIR_READ_ONLY, dirs.stream().anyMatch(Dir::readOnly));
        addIf(used, Field.FUEL, limits.fuel().isPresent());
        addIf(used, Field.MEMORY_LIMIT, limits.memoryBytes().isPresent());
        addIf(used, Field.WALL_LIMIT, limits.wallMillis().isPresent());
        addIf(used, Field.FIXED_CLOCK, fixedClock);
        addIf(used, Field.SEEDED_RANDOM, seed.isPresent());
        addIf(used, Field.REACTOR, !exports.isEmpty());
        addIf(used, Field.DUPLICATE_ENV, repeats(env.stream().map(Variable::name).toList()));
        addIf(used, Field.DUPLICATE_DIR, repeats(dirs.stream().map(Dir::guest).toList()));
        return used;
    }

    private static void addIf(Set<Field> fields, Field field, boolean used) {
        if (used) {
            fields.add(field);
        }
    }

    private static boolean repeats(List<String> names) {
        return new HashSet<>(names).size() < names.size();
    }
}
