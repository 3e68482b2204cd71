import run.endive.runtime.ByteBufferMemory;
import run.endive.runtime.InterpreterMachine;
import contract.Code;
import contract.Refused;
import contract.Request;

/** Endive as its library is by default: an interpreter. */
final class Interpreter extends EndiveHost {
    @Override
    public String mode() {
        return "interpreter";
    }

    @Override
    public Taken<Guest> take(byte[] wasm, Request request) throws Refused {
        Guest guest = new Guest(parse(wasm, true), InterpreterMachine::new, ByteBufferMemory::new);
        return new Taken<>(guest, Code.NOT_KEPT);
    }
}
