import com.dylibso.chicory.compiler.InterpreterFallback;
import com.dylibso.chicory.compiler.MachineFactoryCompiler;
import com.dylibso.chicory.runtime.ByteArrayMemory;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.wasm.ChicoryException;
import com.dylibso.chicory.wasm.WasmModule;
import contract.Code;
import contract.Failure;
import contract.Refused;
import contract.Request;
import contract.Trap;
import java.io.IOException;
import java.util.function.Function;

/** Chicory with its runtime compiler, which makes Java byte code of a module. */
final class Compiler extends ChicoryHost {
    @Override
    public String mode() {
        return "compiler";
    }

    @Override
    public Taken<Guest> take(byte[] wasm, Request request) throws Refused, Failure {
        try (KeptCode kept = KeptCode.open(request.cache(), version(), wasm)) {
            // What code is kept of was valid when it was compiled.
            WasmModule module = parse(wasm, !kept.found());
            var machine = compile(module, kept);
            // The memory that Chicory's documentation recommends on OpenJDK.
            return new Taken<>(
                    new Guest(module, machine, ByteArrayMemory::new), kept.found() ? Code.CACHED : Code.COMPILED);
        }
    }

    private static Function<Instance, Machine> compile(WasmModule module, KeptCode kept) throws Refused, Failure {
        try {
            return MachineFactoryCompiler.builder(module)
                    // A function too big for a Java method is interpreted either way; unless told otherwise the
                    // compiler also says so on stderr, which is the guest's.
                    .withInterpreterFallback(InterpreterFallback.SILENT)
                    .withCache(kept)
                    .compile();
        } catch (ChicoryException error) {
            if (error.getCause() instanceof IOException) {
                throw Failure.host("cannot keep compiled code", error.getCause());
            }
            throw new Refused(Trap.INVALID_MODULE, error);
        }
    }
}
