package io.pvlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.kit.Team;
import io.pvlock.testing.TwoRegionsTest;
import java.util.concurrent.CountDownLatch;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedRecordTest extends TwoRegionsTest {

    private static final int LENGTH = 200;
    private static final int LAST = LENGTH - Long.BYTES;

    private static SharedRecord in(LockRegion region, boolean manyWriters) {
        return manyWriters ? region.record("quote", LENGTH) : region.singleWriterRecord("quote", LENGTH);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsWrittenIsReadElsewhere(boolean manyWriters) {
        SharedRecord record = in(region, manyWriters);
        SharedRecord theirs = in(other, manyWriters);
        UnsafeBuffer copy = new UnsafeBuffer(new byte[LENGTH]);
        copy.putLong(0, 99);
        assertThat(theirs.read(copy)).isZero();
        assertThat(copy.getLong(0)).isZero();
        for (int i = 1; i <= 5; i++) {
            int value = i;
            record.write(buffer -> {
                assertThat(buffer.capacity()).isEqualTo(LENGTH);
                assertThat(buffer.getLong(0)).isEqualTo(value - 1);
                buffer.putLong(0, value);
                assertThat(theirs.version()).isEqualTo(value - 1);
            });
            assertThat(theirs.read(copy)).isEqualTo(i);
            assertThat(copy.getLong(0)).isEqualTo(i);
        }
        assertThat(theirs.bytes()).isEqualTo(LENGTH);
        theirs.write(buffer -> buffer.putLong(LAST, 7));
        assertThat(record.read(copy)).isEqualTo(6);
        assertThat(copy.getLong(0)).isEqualTo(5);
        assertThat(copy.getLong(LAST)).isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWriterThatFailsOrDiesHasWrittenNothing(boolean manyWriters) throws Exception {
        SharedRecord record = in(region, manyWriters);
        UnsafeBuffer copy = new UnsafeBuffer(new byte[LENGTH]);
        record.write(buffer -> buffer.putLong(0, 1));
        assertThatThrownBy(() -> record.write(buffer -> {
                    buffer.putLong(0, 2);
                    throw new IllegalArgumentException("changed my mind");
                }))
                .hasMessage("changed my mind");
        assertThat(record.read(copy)).isEqualTo(1);
        assertThat(copy.getLong(0)).isEqualTo(1);
        record.write(buffer -> {
            assertThat(buffer.getLong(0)).isEqualTo(1);
            buffer.putLong(LAST, 3);
        });
        assertThat(record.read(copy)).isEqualTo(2);
        assertThat(copy.getLong(0)).isEqualTo(1);
        assertThat(copy.getLong(LAST)).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aReaderThatIsOvertakenOnceIsNotDisturbed(boolean manyWriters) {
        SharedRecord record = in(region, manyWriters);
        UnsafeBuffer copy = new UnsafeBuffer(new byte[LENGTH]);
        record.write(buffer -> {
            buffer.putLong(0, 1);
            // The writer is under way, maybe for ever: it is read as it was.
            assertThat(in(other, manyWriters).read(copy)).isZero();
            assertThat(copy.getLong(0)).isZero();
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoWritesDoesNotWriteAgain(boolean manyWriters) {
        SharedRecord record = in(region, manyWriters);
        assertThatThrownBy(() -> record.write(buffer -> record.write(inner -> {})))
                .isInstanceOf(IllegalStateException.class);
        record.write(buffer -> buffer.putLong(0, 1));
        assertThat(record.version()).isEqualTo(1);
    }

    @Test
    void twoWritersOfARecordForOneAreAnError() throws Exception {
        SharedRecord record = in(region, false);
        try (Team team = new Team()) {
            record.write(buffer -> {
                try {
                    assertThat(team.run("second", () -> in(other, false).write(inner -> {}))
                                    .failure())
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("for one writer at a time");
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
        }
    }

    @Test
    void badArguments() {
        assertThatIllegalArgumentException().isThrownBy(() -> region.record("r", 0));
        region.record("r", 8);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> region.record("r", 16))
                .withMessageContaining("exists with [bytes=8, many writers=1], not [bytes=16, many writers=1]");
        assertThatThrownBy(() -> region.record("r", 8).write(buffer -> buffer.putLong(1, 1)))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> region.record("large", Integer.MAX_VALUE)).isInstanceOf(RegionException.class);
        SharedRecord record = in(region, false);
        region.close();
        assertThatThrownBy(() -> record.write(buffer -> {})).isInstanceOf(RegionException.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nobodyReadsATornRecord(boolean manyWriters) throws Exception {
        int writers = manyWriters ? 2 : 1;
        int rounds = 20_000;
        CountDownLatch done = new CountDownLatch(writers);
        try (Team team = new Team()) {
            for (int i = 0; i < 4; i++) {
                SharedRecord record = in(i % 2 == 0 ? region : other, manyWriters);
                if (i < writers) {
                    team.run("writer " + i, () -> {
                        for (int round = 0; round < rounds; round++) {
                            record.write(buffer -> {
                                long next = buffer.getLong(0) + 1;
                                for (int at = 0; at < LENGTH; at += Long.BYTES) {
                                    buffer.putLong(at, next);
                                }
                            });
                        }
                        done.countDown();
                    });
                } else {
                    team.run("reader " + i, () -> {
                        UnsafeBuffer copy = new UnsafeBuffer(new byte[LENGTH]);
                        long last = 0;
                        while (done.getCount() > 0) {
                            long version = record.read(copy);
                            assertThat(version).isGreaterThanOrEqualTo(last);
                            last = version;
                            for (int at = 0; at < LENGTH; at += Long.BYTES) {
                                assertThat(copy.getLong(at)).isEqualTo(version);
                            }
                        }
                    });
                }
            }
            team.join();
        }
        assertThat(in(region, manyWriters).version()).isEqualTo((long) writers * rounds);
    }

    private record Quote(long bid, long ask) {
        private static final RecordCodec<Quote> CODEC = new RecordCodec<>() {
            @Override
            public int bytes() {
                return 2 * Long.BYTES;
            }

            @Override
            public void encode(Quote quote, MutableDirectBuffer to) {
                to.putLong(0, quote.bid);
                if (quote.ask <= quote.bid) {
                    throw new IllegalArgumentException("crossed");
                }
                to.putLong(Long.BYTES, quote.ask);
            }

            @Override
            public Quote decode(DirectBuffer from) {
                return new Quote(from.getLong(0), from.getLong(Long.BYTES));
            }
        };
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aTypedRecordIsReadAndWrittenByValue(boolean manyWriters) {
        TypedRecord<Quote> quote = quote(region, manyWriters);
        TypedRecord<Quote> theirs = quote(other, manyWriters);
        assertThat(theirs.read()).isEqualTo(new Quote(0, 0));
        quote.write(new Quote(1, 2));
        assertThat(theirs.read()).isEqualTo(new Quote(1, 2));
        theirs.update(now -> new Quote(now.bid() + 10, now.ask() + 10));
        assertThat(quote.read()).isEqualTo(new Quote(11, 12));
        assertThatIllegalArgumentException().isThrownBy(() -> quote.write(new Quote(20, 19)));
        assertThat(theirs.read()).isEqualTo(new Quote(11, 12));
        assertThat(theirs.record().version()).isEqualTo(2);
        assertThatIllegalArgumentException().isThrownBy(() -> region.record("quote", 8));
    }

    private static TypedRecord<Quote> quote(LockRegion of, boolean manyWriters) {
        return manyWriters ? of.record("quote", Quote.CODEC) : of.singleWriterRecord("quote", Quote.CODEC);
    }
}
