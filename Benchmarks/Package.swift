// swift-tools-version: 6.2
// Benchmarks are a package of their own, so that the product's graph stays free of them. Each is a plain executable that
// prints medians: `swift run -c release --package-path Benchmarks HandshakeBenchmark`.
import PackageDescription

let package = Package(
    name: "Benchmarks",
    dependencies: [.package(name: "fleetprobe", path: "..")],
    targets: [
        .executableTarget(
            name: "HandshakeBenchmark",
            dependencies: [.product(name: "ECSRP5", package: "fleetprobe")],
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]),
        .executableTarget(
            name: "LoginBenchmark",
            dependencies: [.product(name: "Btest", package: "fleetprobe")],
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]),
    ]
)
