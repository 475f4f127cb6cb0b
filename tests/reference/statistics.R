# Reference values for the statistics of scrlib, by base R and the packages that Debian's r-base brings.
#
#   Rscript statistics.R > statistics.csv
#
# Each line is name,value. Where base R has no function, the value is computed here from its
# definition, by another way than SciPy's or statsmodels'. tests/unit/test_against_r.py reads the file.
options(digits = 12)
say <- function(name, value) cat(sprintf("%s,%.10g\n", name, value))
cat("name,value\n")

# Boschloo: Fisher's one-sided p orders the tables; the size is the greatest over the common share.
boschloo <- function(a, n, b, m) {
  fisher <- outer(0:n, 0:m, function(x, y) phyper(x - 1, n, m, x + y, lower.tail = FALSE))
  less <- outer(0:n, 0:m, function(x, y) phyper(x, n, m, x + y))
  one <- function(p) {
    inside <- p <= p[a + 1, b + 1] * (1 + 1e-10)
    size <- function(s) sum(outer(dbinom(0:n, n, s), dbinom(0:m, m, s))[inside])
    grid <- seq(0.0005, 0.9995, by = 0.0005)
    sizes <- sapply(grid, size)
    best <- grid[which.max(sizes)]
    optimize(size, c(max(0, best - 0.001), min(1, best + 0.001)), maximum = TRUE, tol = 1e-10)$objective
  }
  min(1, 2 * min(one(fisher), one(less)))
}
newcombe <- function(a, n, b, m) {
  x <- prop.test(a, n, correct = FALSE)$conf.int
  y <- prop.test(b, m, correct = FALSE)$conf.int
  p <- a / n
  q <- b / m
  c(p - q - sqrt((p - x[1])^2 + (y[2] - q)^2), p - q + sqrt((x[2] - p)^2 + (q - y[1])^2))
}
pairs <- list(
  da_175 = c(69, 97, 94, 175), da_293 = c(69, 97, 158, 293), trio = c(27, 97, 39, 175),
  under_1 = c(19, 97, 120, 293), homicide = c(12, 41, 1, 49), sexual = c(10, 49, 2, 41),
  public_2017 = c(12, 15, 37, 82), deaths = c(58, 97, 143, 236), all_or_none = c(15, 15, 3, 20)
)
for (name in names(pairs)) {
  v <- pairs[[name]]
  say(paste0(name, ".boschloo"), boschloo(v[1], v[2], v[3], v[4]))
  say(paste0(name, ".fisher"), fisher.test(matrix(c(v[1], v[2] - v[1], v[3], v[4] - v[3]), 2))$p.value)
  interval <- suppressWarnings(newcombe(v[1], v[2], v[3], v[4]))
  say(paste0(name, ".low"), 100 * interval[1])
  say(paste0(name, ".high"), 100 * interval[2])
}

say("binomial.da_54", binom.test(69, 97, 0.54)$p.value)
say("binomial.15_of_15", binom.test(15, 15, 0.54)$p.value)
for (v in list(c(69, 97), c(15, 15), c(0, 15))) {
  interval <- suppressWarnings(prop.test(v[1], v[2], correct = FALSE)$conf.int)
  say(sprintf("wilson.%d_of_%d.low", v[1], v[2]), 100 * interval[1])
  say(sprintf("wilson.%d_of_%d.high", v[1], v[2]), 100 * interval[2])
}

# A sample that lies wholly within the other, against the whole: the same as against the rest.
rest <- prop.test(c(58, 139), c(97, 196), correct = FALSE)
say("overlap.inside", rest$p.value)
say("overlap.none", prop.test(c(69, 94), c(97, 175), correct = FALSE)$p.value)
# Rao and Scott: the test without correction on a count and base divided by the design effect.
for (effect in c(174 / 97, 45 / 21 / (21 / 15) * 174 / 97)) {
  test <- suppressWarnings(prop.test(c(98 / effect, 97), c(174 / effect, 175), correct = FALSE))
  say(sprintf("rao_scott.%.2f", effect), test$p.value)
}

# McNemar's exact test of 26 mothers and 12 fathers of 64 pairs, and Newcombe's method 10, by his steps.
for (both in c(0, 6, 12)) {
  first <- 26 - both
  second <- 12 - both
  say(sprintf("pairs.%d.p", both), binom.test(first, first + second, 0.5)$p.value)
  x <- suppressWarnings(prop.test(26, 64, correct = FALSE)$conf.int)
  y <- suppressWarnings(prop.test(12, 64, correct = FALSE)$conf.int)
  neither <- 64 - both - first - second
  product <- both * neither - first * second
  if (product > 0) product <- max(product - 64 / 2, 0)
  phi <- product / sqrt(26 * 12 * 38 * 52)
  side <- function(a, b) sqrt(a^2 - 2 * phi * a * b + b^2)
  say(sprintf("pairs.%d.low", both), (26 - 12) / 64 - side(26 / 64 - x[1], y[2] - 12 / 64))
  say(sprintf("pairs.%d.upp", both), (26 - 12) / 64 + side(x[2] - 26 / 64, 12 / 64 - y[1]))
}

adjusted <- p.adjust(c(0.0065, 0.317, 0.491, 0.0001, 0.038, 0.901), "holm")
for (i in seq_along(adjusted)) say(sprintf("holm.%d", i), adjusted[i])

# The share that a test of two shares finds with 80 % power, by the normal approximation to h.
h <- uniroot(function(h) {
  z <- h / sqrt(1 / 97 + 1 / 175)
  pnorm(z - qnorm(0.975)) + pnorm(-z - qnorm(0.975)) - 0.8
}, c(0.01, 2), tol = 1e-12)$root
say("power.two.above", 100 * sin((2 * asin(sqrt(0.54)) + h) / 2)^2)

# Trend: R's statistic has N where the linear-by-linear one has N - 1.
dates <- c((2009 + 2012 + 3 / 12) / 2, (2012 + 3 / 12 + 2013 + 7 / 12) / 2,
           (2013 + 7 / 12 + 2014 + 9 / 12) / 2, (2014 + 9 / 12 + 2015 + 11 / 12) / 2,
           (2015 + 11 / 12 + 2017) / 2)
girls <- c(27, 17, 16, 26, 12)
children <- c(54, 29, 32, 38, 21)
chisq <- prop.trend.test(girls, children, dates)$statistic * (sum(children) - 1) / sum(children)
say("trend.girls.z", sqrt(chisq))
say("trend.girls.p", pchisq(chisq, 1, lower.tail = FALSE))
empty <- prop.trend.test(c(0, 3, 5, 9), c(20, 20, 20, 20), 1:4)$statistic * 79 / 80
say("trend.empty.z", sqrt(empty))

# Exact Fisher-Freeman-Halton
incident <- cbind(public = c(8, 1, 5, 4, 8, 5, 10, 5, 2, 1), private = c(11, 12, 4, 2, 4, 4, 2, 2, 0, 0))
say("table.incident", fisher.test(incident, workspace = 2e8)$p.value)
say("table.sex", fisher.test(rbind(girls, children - girls), workspace = 2e8)$p.value)
say("table.da_level", fisher.test(cbind(c(16, 10, 3, 20), c(14, 15, 4, 8)), workspace = 2e8)$p.value)
say("table.da_perpetrator", fisher.test(cbind(c(18, 0, 4, 7), c(25, 1, 4, 3)), workspace = 2e8)$p.value)

# Welch's test on data made to have the mean and spread.
made <- function(n, mean, sd) { x <- seq_len(n); mean + sd * (x - mean(x)) / sd(x) }
base::local({
  mean <- base::mean
  widest <- function(m, n, low, high) sqrt((high - m) * (m - low) * n / (n - 1))
  a <- made(49, 16.6, widest(16.6, 49, 0, 39))
  b <- made(41, 9.0, widest(9.0, 41, 0, 39))
  test <- t.test(a, b)
  say("means.welch.p", test$p.value)
  say("means.welch.low", test$conf.int[1])
  say("means.welch.high", test$conf.int[2])
})

# The greatest p of ratings of 2017 by law (12 with sum 211, 3 with sum 34): over every sum of squares.
base::local({
  welch <- function(ss1, ss2) {
    v <- (ss1 - 211^2 / 12) / 11 / 12
    w <- (ss2 - 34^2 / 3) / 2 / 3
    t <- (211 / 12 - 34 / 3) / sqrt(v + w)
    2 * pt(-abs(t), (v + w)^2 / (v^2 / 11 + w^2 / 2))
  }
  say("means.bound.focus", max(outer(3825:4037, 406, Vectorize(welch))))
})

# Cluster-robust standard error of a share: sums of residuals by case, with the correction G / (G - 1).
case <- rep(1:12, c(1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5))
flag <- c(1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0)
sums <- tapply(flag - mean(flag), case, sum)
say("cluster.error", sqrt(12 / 11 * sum(sums^2)) / length(flag))
