import contract.Code;
import contract.Failure;
import contract.Field;
import contract.Host;
import contract.Refused;
import contract.Report;
import contract.Request;
import contract.Serve;
import contract.Stdin;
import contract.Trap;
import contract.WallLimit;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotAccess;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.ByteSequence;
import org.graalvm.polyglot.io.IOAccess;
import org.graalvm.wasm.WasmLanguage;

/** Runs preview 1 guests under GraalWasm, through GraalVM's polyglot library. */
final class GraalWasmHost implements Host<GraalWasmHost.Guest> {
    private static final String LANGUAGE = "wasm";

    /** The guest's name in its context: before version 25, WASI takes the memory from a module of this name. */
    private static final String NAME = "main";

    /** GraalWasm's words for an import of which it does not know the module. */
    private static final Pattern UNKNOWN_MODULE =
            Pattern.compile("The module '(?<module>.*)', referenced by the import '(?<name>.*)' in the module .*");

    /** Its words for an import that a module it knows does not have. */
    private static final Pattern UNKNOWN_FUNCTION =
            Pattern.compile("The imported function '(?<name>.*)', referenced .* imported module '(?<module>.*)'\\.");

    /** A context made for the request, and the module in it. */
    record Guest(Context context, Value module) {}

    @Override
    public String name() {
        return "graalwasm";
    }

    @Override
    public Set<Field> fields() {
        // No DIR_READ_ONLY: the polyglot library can guard folders, but GraalWasm opens every file for writing as
        // well, so that no guest could read one there.
        return EnumSet.of(Field.WALL_LIMIT, Field.REACTOR, Field.DUPLICATE_DIR);
    }

    @Override
    public String version() throws Failure {
        // From the jar's manifest: asked through the polyglot library, it is a "Development Build".
        String version = WasmLanguage.class.getPackage().getImplementationVersion();
        if (version == null) {
            throw Failure.host("GraalWasm's jar does not tell its version", null);
        }
        return version;
    }

    @Override
    public Taken<Guest> take(byte[] wasm, Request request) throws Refused {
        Context context = context(request);
        try {
            Source source = Source.newBuilder(LANGUAGE, ByteSequence.create(wasm), NAME).buildLiteral();
            return new Taken<>(new Guest(context, context.eval(source)), Code.NOT_KEPT);
        } catch (PolyglotException error) {
            throw new Refused(trap(error), error);
        }
    }

    private static Context context(Request request) {
        Context.Builder builder = Context.newBuilder(LANGUAGE)
                // The bare descriptors: Java's own System.out keeps a failed write to itself.
                .in(Stdin.open())
                .out(new FileOutputStream(FileDescriptor.out))
                .err(new FileOutputStream(FileDescriptor.err))
                // The engine's own log, and its warning that it interprets, would go to stderr, the guest's.
                .logHandler(OutputStream.nullOutputStream())
                .option("engine.WarnInterpreterOnly", "false")
                .arguments(LANGUAGE, request.argv().toArray(String[]::new))
                .allowIO(IOAccess.newBuilder().allowHostFileAccess(true).build())
                // To ask for the types of exports.
                .allowPolyglotAccess(PolyglotAccess.ALL)
                .option("wasm.Builtins", "wasi_snapshot_preview1")
                .option("wasm.WasiMapDirs", mapDirs(request));
        request.env().forEach(variable -> builder.environment(variable.name(), variable.value()));
        return builder.build();
    }

    /** The option is one text without a way to quote: what a comma does in a name is GraalWasm's affair. */
    private static String mapDirs(Request request) {
        return request.dirs().stream().map(dir -> dir.guest() + "::" + dir.host()).collect(Collectors.joining(","));
    }

    @Override
    public void run(Guest guest, Request request, Report report) {
        long started = System.nanoTime();
        Exports exports;
        try {
            Value module = guest.module();
            // Before version 25 what is evaluated is an instance already, and its members are the exports.
            Value members = module.canInstantiate() ? module.newInstance().getMember("exports") : module;
            exports = new Exports(guest.context(), members);
        } catch (PolyglotException error) {
            report.stopped(trap(error), error.toString());
            return;
        }
        report.instantiateNanos(System.nanoTime() - started);
        // Linear memory cannot be measured afterwards: proc_exit closes the context, and Go always calls it.
        call(guest.context(), exports, request, report);
    }

    private static void call(Context context, Exports exports, Request request, Report report) {
        long started = System.nanoTime();
        try (WallLimit limit = new WallLimit(request.limits().wallMillis(), () -> context.close(true))) {
            try {
                if (request.exports().isEmpty()) {
                    exports.call(new Request.Call("_start", List.of()));
                } else {
                    exports.initialize();
                    request.exports().forEach(call -> report.returned(exports.call(call)));
                }
                report.exited(0);
            } catch (PolyglotException error) {
                if (error.isExit()) {
                    report.exited(error.getExitStatus());
                } else {
                    report.stopped(limit.passed() ? Trap.TIMEOUT : trap(error), error.toString());
                }
            } catch (RuntimeException error) {
                // The polyglot library's own, for a name or arguments that it has no call for.
                report.stopped(limit.passed() ? Trap.TIMEOUT : Trap.OTHER, error.toString());
            }
        }
        report.runNanos(System.nanoTime() - started);
    }

    /** The contract's name for what stopped the guest. */
    private static Trap trap(PolyglotException error) {
        Value thrown = error.getGuestObject();
        if (thrown != null && thrown.hasMember("failureType")
                && Set.of("malformed", "invalid").contains(thrown.getMember("failureType").asString())) {
            return Trap.INVALID_MODULE;
        }
        String failure = thrown != null && thrown.hasMember("failure") ? thrown.getMember("failure").asString() : "";
        return switch (failure) {
            case "unreachable" -> Trap.UNREACHABLE;
            case "out of bounds memory access" -> Trap.OUT_OF_BOUNDS;
            case "call stack exhausted" -> Trap.STACK_OVERFLOW;
            case "could not allocate memory", "memory instance size exceeds limit" -> Trap.OUT_OF_MEMORY;
            case "unknown import" -> missingImport(error.getMessage());
            default -> error.isResourceExhausted() ? Trap.OUT_OF_MEMORY : Trap.OTHER;
        };
    }

    private static Trap missingImport(String words) {
        for (Pattern pattern : List.of(UNKNOWN_MODULE, UNKNOWN_FUNCTION)) {
            Matcher matcher = pattern.matcher(words);
            if (matcher.matches()) {
                return Trap.missingImport(matcher.group("module"), matcher.group("name"));
            }
        }
        return Trap.OTHER;
    }

    public static void main(String[] args) {
        Serve.main(args, new GraalWasmHost());
    }
}
