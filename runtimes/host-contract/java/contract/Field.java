package contract;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/** A part of a request that a host may be unable to honour. */
public enum Field {
    DIR_READ_ONLY,
    FUEL,
    MEMORY_LIMIT,
    WALL_LIMIT,
    FIXED_CLOCK,
    SEEDED_RANDOM,
    REACTOR,
    DUPLICATE_ENV,
    DUPLICATE_DIR;

    /** The name the contract gives it. */
    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    /** These fields as the JSON array that {@code --fields} prints, always in the same order. */
    static String toJson(Set<Field> fields) {
        return Arrays.stream(values())
                .filter(fields::contains)
                .map(field -> '"' + field.toString() + '"')
                .collect(Collectors.joining(",", "[", "]"));
    }
}
