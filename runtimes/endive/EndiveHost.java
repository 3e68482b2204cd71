import contract.Failure;
import contract.Field;
import contract.Host;
import contract.Refused;
import contract.Report;
import contract.Request;
import contract.Serve;
import contract.Stdin;
import contract.Trap;
import contract.Value;
import contract.WallLimit;
import java.io.ByteArrayInputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import run.endive.runtime.ImportValues;
import run.endive.runtime.Instance;
import run.endive.runtime.Machine;
import run.endive.runtime.Memory;
import run.endive.wasi.WasiExitException;
import run.endive.wasi.WasiOptions;
import run.endive.wasi.WasiPreview1;
import run.endive.wasm.Parser;
import run.endive.wasm.UnlinkableException;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.ExternalType;
import run.endive.wasm.types.Import;
import run.endive.wasm.types.ImportSection;
import run.endive.wasm.types.MemoryLimits;
import run.endive.wasm.types.ValType;

/**
 * Runs preview 1 guests under Endive, whatever executes their functions.
 *
 * <p>Chicory, from which Endive was forked, is driven by this source too: {@code ../chicory/build.sh} translates the
 * names.
 */
abstract class EndiveHost implements Host<EndiveHost.Guest> {
    private static final String PROPERTIES = "/META-INF/maven/run.endive/runtime/pom.properties";
    private static final int PAGE = 65536;

    /** A module, what executes its functions, and what its memory is made of. */
    record Guest(
            WasmModule module, Function<Instance, Machine> machine, Function<MemoryLimits, Memory> memory) {}

    @Override
    public String name() {
        return "endive";
    }

    @Override
    public Set<Field> fields() {
        return EnumSet.of(Field.MEMORY_LIMIT, Field.WALL_LIMIT, Field.SEEDED_RANDOM, Field.REACTOR);
    }

    @Override
    public String version() throws Failure {
        Properties properties = new Properties();
        try (InputStream file = Instance.class.getResourceAsStream(PROPERTIES)) {
            properties.load(file);
        } catch (IOException | NullPointerException error) {
            throw Failure.host("Endive's jar does not tell its version", error);
        }
        return properties.getProperty("version");
    }

    /** The module as Endive reads it, validated or not. */
    protected static WasmModule parse(byte[] wasm, boolean validated) throws Refused {
        try {
            return Parser.builder().withValidation(validated).build().parse(() -> new ByteArrayInputStream(wasm));
        } catch (RuntimeException error) {
            throw new Refused(Trap.INVALID_MODULE, error);
        }
    }

    @Override
    public void run(Guest guest, Request request, Report report) {
        long started = System.nanoTime();
        WasiPreview1 wasi = WasiPreview1.builder().withOptions(options(request)).build();
        ImportValues offered = ImportValues.builder().addFunction(wasi.toHostFunctions()).build();
        Instance instance;
        try {
            instance = instantiate(guest, request, offered);
        } catch (UnlinkableException error) {
            report.stopped(missingImport(guest, offered).orElse(Trap.OTHER), error.toString());
            return;
        } catch (RuntimeException | OutOfMemoryError error) {
            report.stopped(trap(error), error.toString());
            return;
        }
        report.instantiateNanos(System.nanoTime() - started);
        call(instance, request, report);
        if (instance.memory() != null) {
            // Linear memory never shrinks: its size at the end is its peak.
            report.peakMemoryBytes((long) instance.memory().pages() * PAGE);
        }
    }

    private static WasiOptions options(Request request) {
        // The bare descriptors: Java's own System.out keeps a failed write to itself.
        // The harness gives pipes and files, never a terminal, which Endive assumes unless told.
        WasiOptions.Builder options = WasiOptions.builder()
                .withStdin(Stdin.open(), false)
                .withStdout(new FileOutputStream(FileDescriptor.out), false)
                .withStderr(new FileOutputStream(FileDescriptor.err), false)
                .withArguments(request.argv());
        request.env().forEach(variable -> options.withEnvironment(variable.name(), variable.value()));
        request.dirs().forEach(dir -> options.withDirectory(dir.guest(), dir.host()));
        request.seed().ifPresent(seed -> options.withRandom(new Random(seed)));
        return options.build();
    }

    /** The first import that the engine is not offered, asked only when it has refused to link: its error has no field for it. */
    private static Optional<Trap> missingImport(Guest guest, ImportValues offered) {
        ImportSection imports = guest.module().importSection();
        return IntStream.range(0, imports.importCount())
                .mapToObj(imports::getImport)
                .filter(wanted -> !offers(offered, wanted))
                .findFirst()
                .map(missing -> Trap.missingImport(missing.module(), missing.name()));
    }

    private static boolean offers(ImportValues offered, Import wanted) {
        return wanted.importType() == ExternalType.FUNCTION
                && Stream.of(offered.functions()).anyMatch(
                        function -> function.module().equals(wanted.module()) && function.name().equals(wanted.name()));
    }

    private static Instance instantiate(Guest guest, Request request, ImportValues offered) {
        Instance.Builder builder = Instance.builder(guest.module())
                .withImportValues(offered)
                .withMachineFactory(guest.machine())
                .withMemoryFactory(guest.memory())
                .withStart(false);
        if (request.limits().memoryBytes().isPresent() && guest.module().memorySection().isPresent()) {
            MemoryLimits own = guest.module().memorySection().get().getMemory(0).limits();
            long pages = Long.divideUnsigned(request.limits().memoryBytes().getAsLong(), PAGE);
            int maximum = (int) Math.min(pages, own.maximumPages());
            // Whether the guest can start within that is for the engine to say.
            builder.withMemoryLimits(new MemoryLimits(own.initialPages(), maximum));
        }
        return builder.build();
    }

    private static void call(Instance instance, Request request, Report report) {
        Thread guest = Thread.currentThread();
        long started = System.nanoTime();
        try (WallLimit limit = new WallLimit(request.limits().wallMillis(), guest::interrupt)) {
            try {
                if (request.exports().isEmpty()) {
                    invoke(instance, new Request.Call("_start", List.of()));
                } else {
                    reactor(instance, request.exports(), report);
                }
                report.exited(0);
            } catch (WasiExitException exit) {
                report.exited(exit.exitCode());
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError error) {
                // However deep the interruption is wrapped: nothing else interrupts this thread.
                report.stopped(limit.passed() ? Trap.TIMEOUT : trap(error), error.toString());
            }
        }
        report.runNanos(System.nanoTime() - started);
    }

    private static void reactor(Instance instance, List<Request.Call> calls, Report report) {
        // A reactor with nothing to set up need not export it.
        if (exported(instance, "_initialize")) {
            invoke(instance, new Request.Call("_initialize", List.of()));
        }
        calls.forEach(call -> report.returned(invoke(instance, call)));
    }

    private static boolean exported(Instance instance, String name) {
        var exports = instance.module().exportSection();
        return IntStream.range(0, exports.exportCount())
                .mapToObj(exports::getExport)
                .anyMatch(export -> export.name().equals(name) && export.exportType() == ExternalType.FUNCTION);
    }

    /** The call as it is: the engine takes arguments as bits without types, and looks up the name. */
    private static List<Value> invoke(Instance instance, Request.Call call) {
        long[] args = call.args().stream().mapToLong(EndiveHost::bits).toArray();
        long[] results = instance.export(call.name()).apply(args);
        List<ValType> types = instance.exportType(call.name()).returns();
        List<Value> values = new ArrayList<>();
        for (int index = 0; index < types.size(); index++) {
            values.add(value(types.get(index), results[index]));
        }
        return values;
    }

    private static long bits(Value value) {
        if (value instanceof Value.I32 i32) {
            return i32.number();
        }
        return value instanceof Value.I64 i64 ? i64.number() : Double.doubleToRawLongBits(((Value.F64) value).number());
    }

    private static Value value(ValType type, long bits) {
        if (type.equals(ValType.I32)) {
            return new Value.I32((int) bits);
        }
        if (type.equals(ValType.I64)) {
            return new Value.I64(bits);
        }
        if (type.equals(ValType.F64) && Double.isFinite(Double.longBitsToDouble(bits))) {
            return new Value.F64(Double.longBitsToDouble(bits));
        }
        throw new IllegalArgumentException("an export returns a value that the host contract has no form for");
    }

    /** The contract's name for what stopped the guest: Endive tells them apart by their words only. */
    private static Trap trap(Throwable error) {
        if (error instanceof StackOverflowError) {
            return Trap.STACK_OVERFLOW;
        }
        if (error instanceof OutOfMemoryError) {
            return Trap.OUT_OF_MEMORY;
        }
        String words = String.valueOf(error.getMessage());
        if (words.equals("Trapped on unreachable instruction")) {
            return Trap.UNREACHABLE;
        }
        if (words.startsWith("out of bounds memory access")) {
            return Trap.OUT_OF_BOUNDS;
        }
        if (words.equals("size minimum must not be greater than maximum")) {
            // Of the memory's limits: the guest begins with more than it may have.
            return Trap.OUT_OF_MEMORY;
        }
        return words.equals("call stack exhausted") ? Trap.STACK_OVERFLOW : Trap.OTHER;
    }
}
