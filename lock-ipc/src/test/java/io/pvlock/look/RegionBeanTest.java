package io.pvlock.look;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.RegionMXBean;
import io.pvlock.testing.RegionTest;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RegionBeanTest extends RegionTest {

    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();

    @AfterEach
    void forget() {
        System.clearProperty("pvlock.jmx");
    }

    private RegionMXBean bean(String name) throws Exception {
        return JMX.newMXBeanProxy(server, new ObjectName(name), RegionMXBean.class);
    }

    @Test
    void theBeanShowsTheRegionUntilItIsClosed() throws Exception {
        String name = region.registerMBean();
        assertThat(region.registerMBean()).isEqualTo(name);
        assertThat(name).startsWith("io.pvlock:type=Region,path=\"");
        try (LockGuard guard = region.lock("orders").acquire()) {
            RegionMXBean bean = bean(name);
            assertThat(bean.getPath()).isEqualTo(region.path().toString());
            assertThat(bean.getMaxLocks()).isEqualTo(16);
            assertThat(bean.getHeldLocks()).isEqualTo(1);
            assertThat(bean.getLockNames()).containsExactly("orders");
            assertThat(bean.owner("orders"))
                    .startsWith("pid " + ProcessHandle.current().pid() + ", tid ");
            assertThat(bean.owner("none")).isEmpty();
            assertThat(bean.lockStats("orders"))
                    .containsEntry("acquisitions", guard.fencingToken())
                    .containsEntry("waitMaxNs", 0L);
            assertThat(bean.lockStats("none")).isEmpty();
        }
        // Every attribute is one that any client can read.
        for (var attribute : server.getMBeanInfo(new ObjectName(name)).getAttributes()) {
            assertThat(server.getAttribute(new ObjectName(name), attribute.getName()))
                    .as(attribute.getName())
                    .isNotNull();
        }

        region.close();
        assertThat(server.isRegistered(new ObjectName(name))).isFalse();
        assertThatThrownBy(() -> region.registerMBean()).isInstanceOf(RegionException.class);
    }

    @Test
    void aRegionThatIsOpenTwiceHasTwoBeans() throws Exception {
        String first = region.registerMBean();
        try (LockRegion again = openRegion()) {
            String second = again.registerMBean();
            assertThat(second).isEqualTo(first + ",opened=2");
            region.close();
            assertThat(server.isRegistered(new ObjectName(first))).isFalse();
            assertThat(bean(second).getPath()).isEqualTo(again.path().toString());
        }
    }

    @Test
    void aStrangeNameIsQuoted() throws Exception {
        Path strange = directory.resolve("a,b=\"*?\n.pvl");
        try (LockRegion odd = LockRegion.open(strange, options())) {
            String name = odd.registerMBean();
            assertThat(new ObjectName(name).isPattern()).isFalse();
            assertThat(ObjectName.unquote(new ObjectName(name).getKeyProperty("path")))
                    .isEqualTo(strange.toString());
            assertThat(bean(name).getPath()).isEqualTo(strange.toString());
        }
    }

    @Test
    void aPropertyRegistersEachRegionThatIsOpened() throws Exception {
        System.setProperty("pvlock.jmx", "true");
        try (LockRegion shown = LockRegion.open(directory.resolve("shown.pvl"), options())) {
            ObjectName name = new ObjectName("io.pvlock:type=Region,path="
                    + ObjectName.quote(shown.path().toString()));
            assertThat(server.isRegistered(name)).isTrue();
        }
    }
}
