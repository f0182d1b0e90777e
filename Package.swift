// swift-tools-version: 6.2
// The targets below and their dependencies are the first page of the architecture (docs/architecture.md): the graph has
// no cycle, the protocol modules know nothing of fleets, and only CommandLine sees everything.
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
]

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let certificates = Target.Dependency.product(name: "X509", package: "swift-certificates")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")

func module(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.target(name: name), "TestSupport"] + dependencies, resources: resources,
        swiftSettings: strict)
}

let package = Package(
    name: "fleetprobe",
    products: [
        .executable(name: "probe", targets: ["CommandLine"]),
        // The package in Benchmarks/ reaches a module only through a product.
        .library(name: "ECSRP5", targets: ["ECSRP5"]),
        .library(name: "Btest", targets: ["Btest"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CSocket"),

        module("FleetModel"),
        module("Files"),
        module("Secrets", ["Files", .product(name: "Subprocess", package: "swift-subprocess")]),
        module("FleetFile", ["FleetModel", "Secrets", "Files", .product(name: "Yams", package: "Yams"), crypto]),
        module("Scheduler", ["FleetModel", crypto]),
        module("SQLiteFiles", ["Files", grdb]),
        module("Store", ["FleetModel", "SQLiteFiles", grdb]),
        module("Judgement", ["FleetModel"]),
        module(
            "Reports", ["FleetModel", "Judgement", .product(name: "Mustache", package: "swift-mustache")],
            resources: [.embedInCode("Templates")]),

        module("ECSRP5", ["COpenSSL", crypto]),
        module("Sockets", ["CSocket"]),
        module("Transfer", ["Sockets", "CSocket"]),
        module("ServerLimits", ["Sockets", "Transfer", nioCore, nioPosix]),
        module("Syslog", ["Sockets"]),
        module("Btest", ["Sockets", "Transfer", "ECSRP5", "ServerLimits", crypto, logging, nioCore, nioPosix]),
        module("Accounts", ["ServerLimits", "ECSRP5", "Files", "SQLiteFiles", grdb]),
        module(
            "RMBT", ["Sockets", "Transfer", "ServerLimits", crypto, logging, nioCore, nioPosix, nioSSL, certificates]),
        module(
            "RMBTControl",
            [
                "RMBT", "Sockets", "Transfer", "ServerLimits", crypto, logging, nioCore, nioPosix, nioSSL,
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
            ], resources: [.embedInCode("Page")]),
        module(
            "Probes",
            [
                "FleetModel", "Secrets", "Sockets", "Transfer", "Btest", "RMBT", "RMBTControl", "CSocket", logging,
            ]),

        module(
            "Agent",
            [
                "FleetModel", "FleetFile", "Secrets", "Files", "Scheduler", "Reports", "Probes", logging,
                nioCore, nioPosix, unixSignals,
            ]),
        module(
            "Serving",
            [
                "Btest", "RMBT", "RMBTControl", "Accounts", "Syslog", "ServerLimits", "ECSRP5", "Sockets", "Transfer",
                "FleetModel", "Secrets", "Reports", logging, nioCore, nioSSL, crypto, unixSignals,
            ]),
        .executableTarget(
            name: "CommandLine",
            dependencies: [
                "Agent", "Serving", "FleetModel", "FleetFile", "Secrets", "Files", "Scheduler", "SQLiteFiles", "Store",
                "Reports",
                "Probes", "Btest", "RMBT", "RMBTControl", "Sockets", "ServerLimits", "Syslog", "Accounts", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["FleetModel", nioPosix], path: "Tests/TestSupport",
            swiftSettings: strict),
        tests("FleetModel", resources: [.copy("Fixtures")]),
        tests("Files"),
        tests("Secrets"),
        tests("FleetFile", ["FleetModel"], resources: [.copy("Fixtures")]),
        tests("Scheduler", ["FleetModel"], resources: [.copy("Fixtures")]),
        tests("SQLiteFiles", [grdb]),
        tests("Store", ["FleetModel", "SQLiteFiles", grdb]),
        tests("Judgement", ["FleetModel"]),
        tests("Reports", ["FleetModel", "Judgement"]),
        tests("ECSRP5", resources: [.copy("Fixtures")]),
        tests("ServerLimits", ["Sockets", nioCore]),
        tests("Syslog", ["Sockets"]),
        tests("Accounts", ["ServerLimits", "ECSRP5", "SQLiteFiles", crypto, grdb]),
        tests("Sockets"),
        tests("Transfer", ["Sockets", "CSocket"], resources: [.copy("Fixtures")]),
        tests(
            "Btest", ["ServerLimits", "Sockets", "Transfer", "ECSRP5", logging, nioCore], resources: [.copy("Fixtures")]
        ),
        tests(
            "RMBT", ["ServerLimits", "Sockets", "Transfer", logging, nioCore, nioSSL],
            resources: [.copy("Fixtures")]),
        tests(
            "RMBTControl",
            [
                "RMBT", "Sockets", "Transfer", logging, nioCore, nioPosix, nioSSL,
                .product(name: "Hummingbird", package: "hummingbird"),
            ]),
        tests("Probes", ["FleetModel", "Btest", "RMBT", "RMBTControl", "Sockets", logging]),
        tests("Agent", ["FleetModel", "FleetFile", "Scheduler", "Probes", "Reports", "Store", logging]),
        tests("Serving", ["FleetModel", "Btest", "RMBT", "RMBTControl", "Syslog", logging]),
        tests("CommandLine", ["FleetModel", "Probes", "Store", "RMBT", logging]),
    ]
)
