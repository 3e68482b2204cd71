package contract;

import com.google.gson.JsonObject;

/** A WebAssembly number, written {@code {"i32": 7}}, {@code {"i64": 7}} or {@code {"f64": 0.5}}. */
public sealed interface Value {
    /** A 32-bit integer. */
    record I32(int number) implements Value {}

    /** A 64-bit integer. */
    record I64(long number) implements Value {}

    /** A 64-bit float; NaN and the infinities have no JSON form and are not part of the contract. */
    record F64(double number) implements Value {}

    /** The value as a result holds it. */
    default JsonObject toJson() {
        JsonObject object = new JsonObject();
        if (this instanceof I32 value) {
            object.addProperty("i32", value.number());
        } else if (this instanceof I64 value) {
            object.addProperty("i64", value.number());
        } else if (this instanceof F64 value) {
            object.addProperty("f64", value.number());
        }
        return object;
    }
}
