package com.example.desk;

import io.pvlock.LockRegion;
import io.pvlock.micrometer.RegionMetrics;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** A service whose processes share one counter. {@code desk.region} is the region file. */
@SpringBootApplication
public class DeskService {

    public static void main(String[] args) {
        SpringApplication.run(DeskService.class, args);
    }

    /** One for the whole process; Spring closes it when the service stops. */
    @Bean
    LockRegion region(@Value("${desk.region}") String file) {
        return LockRegion.open(Path.of(file));
    }

    /** Under {@code /actuator/metrics}. One process of the service would be enough: the numbers are of all. */
    @Bean
    RegionMetrics regionMetrics(LockRegion region) {
        return new RegionMetrics(region);
    }
}
