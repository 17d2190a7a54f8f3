module com.example.desk {
    requires io.pvlock;
}
